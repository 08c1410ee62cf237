/** From the words of a flag or an environment variable to a value; says what is allowed when it cannot. */
import type { OptionKind } from "./options.ts";

/** Something the operator can put right. Shown as one sentence, without a stack. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

const units: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1024,
  kib: 1024,
  kb: 1000,
  m: 1024 ** 2,
  mib: 1024 ** 2,
  mb: 1000 ** 2,
  g: 1024 ** 3,
  gib: 1024 ** 3,
  gb: 1000 ** 3,
  t: 1024 ** 4,
  tib: 1024 ** 4,
  tb: 1000 ** 4,
};

/** `from` names the flag or variable, for the message. */
export function parseValue(kind: OptionKind, text: string, from: string): string | number | boolean | string[] {
  switch (kind.type) {
    case "text":
    case "secret":
      return text;
    case "list":
      return text
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== "");
    case "switch": {
      if (["true", "1", "yes", "on"].includes(text.toLowerCase())) return true;
      if (["false", "0", "no", "off", ""].includes(text.toLowerCase())) return false;
      throw new SettingsError(`${from}: "${text}" is neither true nor false`);
    }
    case "integer": {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      if (value >= kind.min && value <= kind.max) return value;
      throw new SettingsError(`${from}: "${text}" is not a whole number from ${kind.min} to ${kind.max}`);
    }
    case "bytes": {
      const match = /^(\d{1,15})\s*([a-z]*)$/i.exec(text);
      const unit = match && units[(match[2] as string).toLowerCase()];
      const value = match && unit ? Number(match[1]) * unit : Number.NaN;
      if (Number.isSafeInteger(value)) return value;
      throw new SettingsError(`${from}: "${text}" is not a number of bytes (examples: 1048576, 512MiB, 2G)`);
    }
    case "choice":
      if (kind.choices.includes(text)) return text;
      throw new SettingsError(`${from}: "${text}" is not one of ${kind.choices.join(", ")}`);
  }
}

/** The known name that differs least (by edits), when it is near enough to be a slip. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] as number;
}
