/** Addresses that callbacks of uploads may reach besides those of the open internet. */
import { type IpRange, parseIpRange } from "../lib/addresses.ts";
import { SettingsError } from "./values.ts";

/** Throws SettingsError. */
export const parseCallbackAllow = (items: readonly string[]): IpRange[] =>
  items.map((item) => {
    const range = parseIpRange(item);
    if (range === undefined) throw new SettingsError(`--callback-allow: ${item} is no address and no range of addresses (10.0.0.0/8)`);
    return range;
  });
