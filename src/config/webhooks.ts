/** Receivers of events: `NAME=URL`. Only what the operator names here is ever sent to, wherever it is. */
import { SettingsError } from "./values.ts";

/** `url` may hold a password or a token: it stands in no log and no answer. */
export type Webhook = { name: string; url: string };

const webhooksMax = 100;

/** Throws SettingsError, which never shows the address. */
export function parseWebhooks(items: readonly string[]): Webhook[] {
  if (items.length > webhooksMax) throw new SettingsError(`--webhook: at most ${webhooksMax}`);
  const names = new Set<string>();
  return items.map((item) => {
    const [, name, url] = /^([\w.-]{1,80})=(.+)$/s.exec(item) ?? [];
    if (name === undefined || url === undefined) throw new SettingsError("--webhook: NAME=URL, where NAME has letters, digits, dots, dashes and underscores");
    if (names.has(name)) throw new SettingsError(`--webhook: ${name} is given twice`);
    names.add(name);
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new SettingsError(`--webhook: the address of ${name} is no http or https URL`);
    return { name, url };
  });
}
