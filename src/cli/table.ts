/** Rows, numbers and times for people. */
export type Row = Readonly<Record<string, unknown>>;

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;
/** `1.5 GiB`; whole bytes below 1 KiB. */
export function bytesText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}
/** Digits in groups of three: `12 345 678`. */
export const numberText = (value: number): string => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, " ");
export const timeText = (ms: number): string => new Date(ms).toISOString();
/** `3 objects`, `1 object`. */
export const countText = (n: number, one: string, many = `${one}s`): string => `${numberText(n)} ${n === 1 ? one : many}`;
/** `2 d 3 h`, `5 min 10 s`: the two largest units. */
export function durationText(ms: number): string {
  let rest = Math.max(0, Math.round(ms / 1_000));
  const parts: string[] = [];
  for (const [seconds, unit] of [
    [86_400, "d"],
    [3_600, "h"],
    [60, "min"],
    [1, "s"],
  ] as const) {
    const n = Math.floor(rest / seconds);
    rest -= n * seconds;
    if (n > 0 && parts.length < 2) parts.push(`${n} ${unit}`);
  }
  return parts.join(" ") || "0 s";
}

/** A heading, columns as wide as they need to be, numbers to the right. Times (`...Ms`) become dates. Without rows: nothing but the heading. */
export function table(rows: readonly Row[], columns: readonly string[]): string {
  const cell = (row: Row, column: string): string => {
    const value = row[column];
    if (value === undefined || value === null) return "-";
    return column.endsWith("Ms") && typeof value === "number" ? timeText(value) : String(value);
  };
  const isNumeric = columns.map((column) => !column.endsWith("Ms") && rows.length > 0 && rows.every((row) => row[column] === undefined || typeof row[column] === "number"));
  const heading = columns.map((column) => column.replace(/Ms$/, "").toUpperCase());
  const lines = [heading, ...rows.map((row) => columns.map((column) => cell(row, column)))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] as string).length)));
  return `${lines
    .map((line) =>
      line
        .map((text, index) => (isNumeric[index] ? text.padStart(widths[index] as number) : text.padEnd(widths[index] as number)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")}\n`;
}
