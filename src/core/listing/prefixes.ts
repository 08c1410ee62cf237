/** Common prefixes: what a delimiter rolls up. */

/** The part of a key up to and with the first delimiter after the prefix; `undefined`: none, the key is listed itself. */
export function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === "") return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : key.slice(0, at + delimiter.length);
}

/** Is this place of a list itself a common prefix, so that it covers everything under it? */
export const isCommonPrefix = (after: string, prefix: string, delimiter: string): boolean => after.startsWith(prefix) && commonPrefix(after, prefix, delimiter) === after;
