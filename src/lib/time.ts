/** Dates as the vendors write them: HTTP, ISO 8601, its basic form, seconds since 1970. Times are milliseconds since 1970 (UTC) throughout. */

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const fullMonths = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];
const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

let lastSecond = Number.NaN;
let lastText = "";

/** `Sun, 06 Nov 1994 08:49:37 GMT`. */
export function httpDate(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second === lastSecond) return lastText;
  const date = new Date(second * 1000);
  lastText = `${days[date.getUTCDay()]}, ${two(date.getUTCDate())} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} GMT`;
  lastSecond = second;
  return lastText;
}

/** `2026-11-21T09:58:36.000Z`: whole seconds, as lists show them. */
export const isoTime = (ms: number): string => new Date(Math.floor(ms / 1000) * 1000).toISOString();
/** `2026-11-21T09:58:36Z`: as S3 writes times into errors. */
export const isoSeconds = (ms: number): string => `${isoTime(ms).slice(0, -5)}Z`;
// Signed requests of one second carry the same text, and the text is asked for again from what it was read as.
let lastBasicMs: number | undefined;
let lastBasic = "";

/** `20261121T095836Z`. */
export function isoBasic(ms: number): string {
  return ms === lastBasicMs ? lastBasic : `${isoTime(ms).slice(0, 19).replace(/[-:]/g, "")}Z`;
}
export const epochSeconds = (ms: number): number => Math.floor(ms / 1000);

function digits(text: string, from: number, count: number): number {
  if (from + count > text.length) return Number.NaN;
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** The time of its parts, or `undefined` when one is missing or there is no such day or hour (30 Feb, 24:00). A leap second is the second after. */
function timeOf(year: number, month: number, day: number, hour: number, minute: number, second: number): number | undefined {
  if (!(hour <= 23 && minute <= 59 && second <= 60 && month >= 0 && month <= 11 && day >= 1)) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  if (Number.isNaN(date.getTime()) || date.getUTCMonth() !== month || date.getUTCDate() !== day) return undefined;
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000;
}

/** Exactly `yyyymmddThhmmssZ`. */
export function parseIsoBasic(text: string): number | undefined {
  if (text === lastBasic) return lastBasicMs;
  if (text.length !== 16 || text[8] !== "T" || text[15] !== "Z") return undefined;
  const ms = timeOf(digits(text, 0, 4), digits(text, 4, 2) - 1, digits(text, 6, 2), digits(text, 9, 2), digits(text, 11, 2), digits(text, 13, 2));
  // A leap second is read as the second after, whose text is another.
  if (ms !== undefined && !text.endsWith("60Z")) [lastBasicMs, lastBasic] = [ms, text];
  return ms;
}

/** `2026-11-21T09:58:36Z`, with or without a fraction of at most 9 digits. */
export function parseIsoTime(text: string): number | undefined {
  if (text[4] !== "-" || text[7] !== "-" || text[10] !== "T" || text[13] !== ":" || text[16] !== ":" || !text.endsWith("Z")) return undefined;
  const fraction = text.slice(19, -1);
  if (!/^(\.\d{1,9})?$/.test(fraction)) return undefined;
  const ms = timeOf(digits(text, 0, 4), digits(text, 5, 2) - 1, digits(text, 8, 2), digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2));
  return ms === undefined ? undefined : ms + Math.floor(Number(`0${fraction}`) * 1000);
}

/** Seconds since 1970 in decimal, beyond 2^31 too. */
export function parseEpochSeconds(text: string): number | undefined {
  if (text === "" || text.length > 12) return undefined;
  const seconds = digits(text, 0, text.length);
  return Number.isNaN(seconds) ? undefined : seconds * 1000;
}

function monthOf(name: string): number {
  const lower = name.toLowerCase();
  const full = fullMonths.indexOf(lower);
  return full >= 0 ? full : fullMonths.findIndex((month) => month.slice(0, 3) === lower);
}

/** `08:49:37`, also with one digit of the hour. */
function clockOf(text: string): [number, number, number] {
  const padded = text.length === 7 ? `0${text}` : text;
  if (padded.length !== 8 || padded[2] !== ":" || padded[5] !== ":") return [Number.NaN, Number.NaN, Number.NaN];
  return [digits(padded, 0, 2), digits(padded, 3, 2), digits(padded, 6, 2)];
}

/** Milliseconds east of Greenwich; `undefined` for a zone that is not known. */
function zoneOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "GMT" || text === "UTC" || text === "UT" || text === "Z") return 0;
  if (text.length !== 5 || (text[0] !== "+" && text[0] !== "-")) return undefined;
  const ms = (digits(text, 1, 2) * 60 + digits(text, 3, 2)) * 60_000;
  return Number.isNaN(ms) ? undefined : text[0] === "-" ? -ms : ms;
}

function dayNumber(text: string): number {
  return text.length === 1 || text.length === 2 ? digits(text, 0, text.length) : Number.NaN;
}

function yearNumber(text: string, nowMs: number): number {
  if (text.length === 4) return digits(text, 0, 4);
  if (text.length !== 2) return Number.NaN;
  // RFC 9110: a two-digit year that seems more than 50 years ahead lies in the past.
  const now = new Date(nowMs).getUTCFullYear();
  const year = now - (now % 100) + digits(text, 0, 2);
  return year > now + 50 ? year - 100 : year;
}

const dateCharactersMax = 64;

/**
 * The three forms of RFC 9110 (IMF-fixdate, RFC 850, asctime), and what clients send besides: `+0000` or another offset for GMT, full month
 * names (both HCP), no day name. The day name is not compared. `undefined` when it is no date.
 */
export function parseHttpDate(text: string, nowMs = Date.now()): number | undefined {
  if (text.length > dateCharactersMax) return undefined;
  const words = text
    .trim()
    .replaceAll(",", " ")
    .split(" ")
    .filter((word) => word !== "");
  if (words.length > 0 && Number.isNaN(digits(words[0] as string, 0, 1))) words.shift();
  let [day, month, year, clock, zone] = words;
  if (words.length > 5 || day === undefined) return undefined;
  if (day.includes("-")) {
    [clock, zone] = [words[1], words[2]];
    if (words.length > 3) return undefined;
    [day, month, year] = day.split("-");
  } else if (Number.isNaN(digits(day, 0, 1))) {
    // asctime: `Nov  6 08:49:37 1994`
    [month, day, clock, year, zone] = words;
  }
  if (day === undefined || month === undefined || year === undefined || clock === undefined) return undefined;
  const offset = zoneOf(zone);
  if (offset === undefined) return undefined;
  const [hour, minute, second] = clockOf(clock);
  const ms = timeOf(yearNumber(year, nowMs), monthOf(month), dayNumber(day), hour, minute, second);
  return ms === undefined ? undefined : ms - offset;
}
