/** Where requests of browsers may come from: https://help.aliyun.com/zh/oss/user-guide/hotlink-protection. Pure. */
import { fail } from "../errors.ts";
import type { Referer } from "../model.ts";

export const refererLimits = { patternsMax: 100, patternCharactersMax: 256, refererCharactersMax: 2048 } as const;

/** Why a request was denied, for dialects that tell. */
export const refererReason = "the bucket's rules about referers";

/** Does the pattern fit the whole of `text`? `*` is any characters, `?` one. Goes back to the last star only, never further. */
export function matchesWildcards(pattern: string, text: string): boolean {
  let p = 0;
  let star = -1;
  let resume = 0;
  for (let t = 0; t < text.length; ) {
    if (pattern[p] === "*") {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Are there requests that these rules refuse? */
export const refusesSome = ({ allowEmpty, allow, deny }: Referer): boolean => deny.length > 0 || allow.length > 0 || !allowEmpty;

/** Throws invalidArgument for more, or longer, patterns than are looked through; gives the rules back. */
export function boundReferer(rules: Referer): Referer {
  const { patternsMax, patternCharactersMax } = refererLimits;
  const refuse = (value: string, why: string): never => fail("invalidArgument", { argument: "Referer", value: value.slice(0, 64), why });
  for (const patterns of [rules.allow, rules.deny]) {
    if (patterns.length > patternsMax) refuse(String(patterns.length), `A list has at most ${patternsMax} referers.`);
    for (const pattern of patterns) if (pattern.length > patternCharactersMax) refuse(pattern, `A referer has at most ${patternCharactersMax} characters.`);
  }
  return rules;
}

/** `https://a.test/b?c` -> what is compared. */
function compared(referer: string, { truncateQuery, truncatePath }: Referer): string {
  let text = referer.slice(0, refererLimits.refererCharactersMax);
  const query = text.indexOf("?");
  if (query >= 0 && (truncateQuery || truncatePath)) text = text.slice(0, query);
  if (!truncatePath) return text.toLowerCase();
  const host = text.indexOf("://");
  const path = text.indexOf("/", host < 0 ? 0 : host + 3);
  return (path < 0 ? text : text.slice(0, path)).toLowerCase();
}

export function allowsReferer(rules: Referer, referer: string | undefined): boolean {
  if (referer === undefined || referer === "") return rules.allowEmpty || rules.allow.length === 0;
  const text = compared(referer, rules);
  const fits = (pattern: string): boolean => matchesWildcards(`${pattern.toLowerCase()}*`, text);
  if (rules.deny.some(fits)) return false;
  return rules.allow.length === 0 || rules.allow.some(fits);
}
