/** Times as texts: the formats that are known by their look, and those that have to be named because two would look alike. */

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

const pieces: Record<string, string> = {
  YYYY: "(?<year>\\d{4})",
  YY: "(?<shortYear>\\d{2})",
  MMM: "(?<monthName>[A-Za-z]{3})",
  MM: "(?<month>\\d{2})",
  DD: "(?<day>\\d{2})",
  "?M": "(?<month>\\d{1,2})",
  "?D": "(?<day>\\d{1,2})",
  hh: "(?<hour>\\d{2})",
  mm: "(?<minute>\\d{2})",
  ss: "(?<second>\\d{2})",
  "?h": "(?<hour>\\d{1,2})",
  "?m": "(?<minute>\\d{1,2})",
  "?s": "(?<second>\\d{1,2})",
  ms: "(?<fraction>\\d{1,9})",
  Z: "(?<zone>Z|[+-]\\d{2}:?\\d{2})",
  Day: "[A-Za-z]{3}",
  GMT: "(?:GMT|UTC)",
};
const pieceNames = Object.keys(pieces).sort((a, b) => b.length - a.length);

function patternOf(layout: string): RegExp {
  let source = "";
  let at = 0;
  while (at < layout.length) {
    const name = pieceNames.find((one) => layout.startsWith(one, at));
    source += name === undefined ? (layout[at] as string).replace(/[.*+?^${}()|[\]\\/]/, "\\$&") : (pieces[name] as string);
    at += name?.length ?? 1;
  }
  return new RegExp(`^\\s*${source}\\s*$`);
}

// https://help.aliyun.com/zh/oss/developer-reference/selectobject, in our letters: hours, minutes and seconds are small.
const known = [
  "YYYY-MM-DDThh:mm:ss.msZ|YYYY-MM-DDThh:mm:ssZ|YYYY-MM-DDThh:mmZ|YYYY-MM-DDThh:mm:ss.ms|YYYY-MM-DDThh:mm:ss",
  "YYYY-MM-DD hh:mm:ss.ms|YYYY-MM-DD hh:mm:ss|YYYY-MM-DD|YYYYMMDD|YYYY/MM/DD|DD/MM/YYYY|DD-MM-YYYY|DD-MM-YY|DD.MM.YY",
  "hh:mm:ss.ms|hh:mm:ss|hh mm ss ms|hh.mm.ss.ms|hhmm|hhmmssms",
  "YYYYMMDD hh:mm:ss.ms|YYYY/MM/DD hh:mm:ss.ms|DD/MM/YYYY hh:mm:ss.ms|YYYYMMDD hh:mm:ss|YYYY/MM/DD hh:mm:ss|DD/MM/YYYY hh:mm:ss",
  "DD-MM-YYYY hh:mm:ss.ms|DD-MM-YYYY hh:mm:ss|YYYYMMDDThh:mm:ss.ms|YYYYMMDDThh:mm:ss|DD-MM-YYYYThh:mm:ss.ms|DD-MM-YYYYThh:mm:ss",
  "YYYYMMDDThhmm|YYYYMMDDThhmmss|YYYYMMDDThhmmssms|DD/MMM/YYYY:hh:mm:ss Z|Day, DD MMM YYYY hh:mm:ss GMT",
  "?D/?M/YY|?D/?M/YY ?h:?m|?D/?M/YY ?h:?m:?s",
]
  .join("|")
  .split("|")
  .map(patternOf);
const named = new Map(["YYYYDDMM", "YYYY/DD/MM", "MM/DD/YYYY", "YYYY-DD-MM", "MM-DD-YYYY", "MM.DD.YYYY"].map((layout) => [layout, patternOf(layout)]));
for (const [name, layout] of [
  ["ISO8601-0", "YYYY-MM-DDThh:mmZ"],
  ["ISO8601-1", "YYYY-MM-DDThh:mm:ssZ"],
  ["CommonLog", "DD/MMM/YYYY:hh:mm:ss Z"],
  ["RFC822", "Day, DD MMM YYYY hh:mm:ss GMT"],
] as const)
  named.set(name, patternOf(layout));

export const isTimestampFormat = (format: string): boolean => named.has(format);

/** Milliseconds since 1970, or undefined. `format`: one of the named ones. Times of no day are of 1970-01-01. */
export function parseTimestamp(text: string, format?: string): number | undefined {
  const patterns = format === undefined ? known : [named.get(format)];
  for (const pattern of patterns) {
    const groups = pattern?.exec(text)?.groups;
    const ms = groups === undefined ? undefined : timeOf(groups);
    if (ms !== undefined) return ms;
  }
  return undefined;
}

function timeOf(groups: Record<string, string | undefined>): number | undefined {
  const part = (name: string, absent: number): number => (groups[name] === undefined ? absent : Number(groups[name]));
  const short = groups.shortYear === undefined ? undefined : Number(groups.shortYear);
  const year = short === undefined ? part("year", 1970) : short + (short < 70 ? 2000 : 1900);
  const month = groups.monthName === undefined ? part("month", 1) : months.indexOf(groups.monthName.toLowerCase()) + 1;
  const day = part("day", 1);
  const [hour, minute, second] = [part("hour", 0), part("minute", 0), part("second", 0)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour, minute, second, Math.floor(Number(`0.${groups.fraction ?? "0"}`) * 1000));
  return date.getTime() - zoneMs(groups.zone);
}

function zoneMs(zone: string | undefined): number {
  const match = zone === undefined ? null : /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  return match ? (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) * 60_000 : 0;
}
