/**
 * JSON read as it comes: what a path names is built and given out, the rest is passed over without being kept. Strict: whatever is no JSON is refused, also
 * where it would be passed over (but for escapes in texts nobody looks at).
 */
import { isUtf8 } from "node:buffer";
import { refuse } from "./faults.ts";
import { queryLimits } from "./limits.ts";
import type { JsonFormat, Step } from "./model.ts";
import { JsonNumber, type JsonValue } from "./values.ts";

/** `root`: which of the values one after the other it is in, from 0; it begins at byte `start`. */
export type JsonNode = { value: JsonValue; root: number; start: number };
type Container = JsonValue[] | Map<string, JsonValue>;
/** `matched`: how many steps of the path lead here; -1: it leads elsewhere. */
type Frame = { isArray: boolean; count: number; matched: number; key: string; container?: Container };
type Text = { pieces: Buffer[]; bytes: number; kept: boolean; escaped: boolean; hasEscapes: boolean };
type Expected = "value" | "valueOrEnd" | "key" | "keyOrEnd" | "colon" | "commaOrEnd" | "root" | "rootOrComma";

const literals = new Map<string, boolean | null>([
  ["true", true],
  ["false", false],
  ["null", null],
]);
const numberText = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const code = { quote: 34, backslash: 92, comma: 44, colon: 58, open: 123, close: 125, openArray: 91, closeArray: 93 } as const;
const isBlank = (byte: number): boolean => byte === 32 || byte === 10 || byte === 13 || byte === 9;
const bad = (why: string): never => refuse("json", why);

export class JsonReader {
  readonly #path: readonly Step[];
  readonly #form: JsonFormat["form"];
  readonly #stack: Frame[] = [];
  #expected: Expected = "root";
  /** Roots that have begun, and where the last one that ended did. */
  #roots = 0;
  #rootEnd = 0;
  #rootStart = 0;
  /** Bytes before those at hand. */
  #before = 0;
  /** Of the node that is being built: where it begins, how deep its frame stands. */
  #nodeStart = -1;
  #nodeDepth = 0;
  /** A text or a word that the bytes at hand did not end. */
  #text: Text | undefined;
  #word: string | undefined;
  /** `inside`: reading begins behind another value. */
  constructor(path: readonly Step[], form: JsonFormat["form"], inside = false) {
    this.#path = path;
    this.#form = form;
    if (inside) this.#expected = "rootOrComma";
  }
  /** Values that have ended, and the byte behind the last of them. */
  get ended(): { roots: number; at: number } {
    return { roots: this.#stack.length === 0 && this.#word === undefined && this.#text === undefined ? this.#roots : this.#roots - 1, at: this.#rootEnd };
  }

  /** The nodes that end in these bytes. Throws queryFault. */
  *read(bytes: Buffer): Generator<JsonNode> {
    let at = 0;
    // Most texts and all words are ASCII: cut from one string, they need no decoding of their own.
    const ascii = bytes.toString("latin1");
    if (this.#before === 0 && this.#expected === "root" && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) at = 3;
    while (at < bytes.length) {
      if (this.#text) {
        at = this.#textGoesOn(bytes, ascii, at);
        const found = this.#text === undefined ? this.#ended : undefined;
        if (found) yield found;
      } else if (this.#word !== undefined) {
        const start = at;
        while (at < bytes.length && isWord(bytes[at] as number)) at++;
        this.#word += ascii.slice(start, at);
        if (this.#word.length > queryLimits.numberBytesMax) bad("A number is too long");
        const found = at < bytes.length ? this.#wordEnds(this.#before + at) : undefined;
        if (found) yield found;
      } else {
        const byte = bytes[at] as number;
        if (!isBlank(byte)) {
          const found = this.#sign(byte, this.#before + at);
          if (found) yield found;
          if (this.#word !== undefined) continue;
        }
        at++;
      }
      this.#bound(this.#before + at);
    }
    this.#before += bytes.length;
  }

  /** Nothing follows. */
  *end(): Generator<JsonNode> {
    if (this.#word !== undefined) {
      const found = this.#wordEnds(this.#before);
      if (found) yield found;
    }
    const isWhole = this.#stack.length === 0 && this.#text === undefined;
    if (!isWhole) bad("The document ends early");
    if (this.#form === "document" && this.#roots === 0) bad("The document is empty");
  }

  #bound(at: number): void {
    if (this.#nodeStart >= 0 && at - this.#nodeStart > queryLimits.nodeBytesMax) refuse("jsonSize", `A node has more than ${queryLimits.nodeBytesMax} bytes`);
  }

  #sign(byte: number, at: number): JsonNode | undefined {
    switch (byte) {
      case code.open:
      case code.openArray:
        return this.#open(byte === code.openArray, at);
      case code.close:
      case code.closeArray:
        return this.#close(byte === code.closeArray, at);
      case code.comma:
        this.#comma();
        return undefined;
      case code.colon:
        if (this.#expected !== "colon") bad("A colon stands where none can be");
        this.#expected = "value";
        return undefined;
      case code.quote: {
        const isKey = this.#expected === "key" || this.#expected === "keyOrEnd";
        if (!isKey) this.#begin(at);
        const kept = isKey ? this.#nodeStart >= 0 || this.#leads() : this.#nodeStart >= 0;
        this.#text = { pieces: [], bytes: 0, kept, escaped: false, hasEscapes: false };
        return undefined;
      }
      default:
        if (!isWord(byte)) bad("A character stands where none can be");
        this.#begin(at);
        this.#word = "";
        return undefined;
    }
  }

  /** Does the path go on below the frame at the top? */
  #leads(): boolean {
    const frame = this.#stack.at(-1);
    return frame !== undefined && frame.matched >= 0 && frame.matched < this.#path.length;
  }

  /** A value begins: may it, and is it one that the path names? */
  #begin(at: number): number {
    const expected = this.#expected;
    const isRoot = this.#stack.length === 0;
    if (isRoot ? expected !== "root" && expected !== "rootOrComma" : expected !== "value" && expected !== "valueOrEnd") bad("A value stands where none can be");
    if (isRoot && ++this.#roots > 1 && this.#form === "document") bad("Something stands behind the document");
    if (isRoot) this.#rootStart = at;
    const matched = isRoot ? 0 : this.#matched();
    if (this.#nodeStart < 0 && matched === this.#path.length) {
      this.#nodeStart = at;
      this.#nodeDepth = this.#stack.length;
    }
    return matched;
  }

  #matched(): number {
    const frame = this.#stack.at(-1) as Frame;
    const step = this.#leads() ? this.#path[frame.matched] : undefined;
    if (step === undefined) return -1;
    if ("any" in step) return frame.matched + 1;
    if ("index" in step) return frame.isArray && step.index === frame.count ? frame.matched + 1 : -1;
    return !frame.isArray && step.key === frame.key ? frame.matched + 1 : -1;
  }

  #open(isArray: boolean, at: number): undefined {
    const matched = this.#begin(at);
    const frame: Frame = { isArray, count: 0, matched, key: "" };
    if (this.#nodeStart >= 0) {
      frame.container = isArray ? [] : new Map();
      if (this.#stack.length - this.#nodeDepth >= queryLimits.nodeDepthMax) refuse("jsonDepth", `A node is deeper than ${queryLimits.nodeDepthMax}`);
    }
    if (this.#stack.length >= queryLimits.documentDepthMax) refuse("jsonDepth", `The document is deeper than ${queryLimits.documentDepthMax}`);
    this.#stack.push(frame);
    this.#expected = isArray ? "valueOrEnd" : "keyOrEnd";
  }

  #close(isArray: boolean, at: number): JsonNode | undefined {
    const frame = this.#stack.at(-1);
    const expected = this.#expected;
    if (frame?.isArray !== isArray || (expected !== "commaOrEnd" && expected !== (isArray ? "valueOrEnd" : "keyOrEnd"))) bad("A bracket stands where none can be");
    this.#stack.pop();
    return this.#value(frame?.container ?? null, at + 1);
  }

  #comma(): void {
    const frame = this.#stack.at(-1);
    if (frame === undefined) {
      if (this.#form === "document" || this.#expected !== "rootOrComma") bad("A comma stands where none can be");
      this.#expected = "root";
      return;
    }
    if (this.#expected !== "commaOrEnd") bad("A comma stands where none can be");
    frame.count++;
    this.#expected = frame.isArray ? "value" : "key";
  }

  /** A value has ended: it goes into what holds it, or out. */
  #value(value: JsonValue, end: number): JsonNode | undefined {
    const frame = this.#stack.at(-1);
    this.#expected = frame === undefined ? "rootOrComma" : "commaOrEnd";
    if (frame === undefined) this.#rootEnd = end;
    if (this.#nodeStart < 0) return undefined;
    this.#bound(end);
    if (this.#stack.length === this.#nodeDepth) {
      this.#nodeStart = -1;
      return { value, root: this.#roots - 1, start: this.#rootStart };
    }
    const container = frame?.container;
    if (Array.isArray(container)) {
      if (container.push(value) > queryLimits.nodeElementsMax) refuse("jsonArray", `An array has more than ${queryLimits.nodeElementsMax} elements`);
    } else container?.set(frame?.key as string, value);
    return undefined;
  }

  #wordEnds(end: number): JsonNode | undefined {
    const word = this.#word as string;
    this.#word = undefined;
    const literal = literals.get(word);
    if (literal !== undefined) return this.#value(literal, end);
    return numberText.test(word) ? this.#value(new JsonNumber(word), end) : bad(`${word.slice(0, 40)} is no value`);
  }

  /** What the text that just ended gave out. */
  #ended: JsonNode | undefined;
  #textGoesOn(bytes: Buffer, ascii: string, start: number): number {
    const text = this.#text as Text;
    this.#ended = undefined;
    let at = start;
    let signs = 0;
    for (;;) {
      if (at >= bytes.length) break;
      if (text.escaped) {
        text.escaped = false;
        at++;
        continue;
      }
      const byte = bytes[at] as number;
      signs |= byte;
      if (byte === code.quote) break;
      if (byte === code.backslash) {
        text.escaped = true;
        text.hasEscapes = true;
      } else if (byte < 32) bad("A text has a control character in it");
      at++;
    }
    const isWhole = at < bytes.length;
    const isPiece = !isWhole || text.pieces.length > 0;
    if (text.kept && isPiece) this.#keep(text, bytes.subarray(start, at));
    if (!isWhole) return at;
    this.#text = undefined;
    const isPlain = !isPiece && signs < 0x80 && !text.hasEscapes;
    const value = (): string => (isPlain ? ascii.slice(start, at) : decoded(isPiece ? Buffer.concat(text.pieces) : bytes.subarray(start, at), text.hasEscapes));
    this.#textEnds(text.kept ? value() : "", this.#before + at + 1);
    return at + 1;
  }

  #keep(text: Text, bytes: Buffer): void {
    text.pieces.push(Buffer.from(bytes));
    text.bytes += bytes.length;
    if (text.bytes > queryLimits.nodeBytesMax) refuse("jsonSize", `A text has more than ${queryLimits.nodeBytesMax} bytes`);
  }

  #textEnds(text: string, end: number): void {
    if (this.#expected === "key" || this.#expected === "keyOrEnd") {
      (this.#stack.at(-1) as Frame).key = text;
      this.#expected = "colon";
    } else this.#ended = this.#value(text, end);
  }
}

const isWord = (byte: number): boolean => (byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 122) || byte === 45 || byte === 43 || byte === 46 || byte === 69;

function decoded(raw: Buffer, hasEscapes: boolean): string {
  const text = raw.toString("utf8");
  if (text.includes("\ufffd") && !isUtf8(raw)) refuse("encoding", "The document is not UTF-8");
  if (!hasEscapes) return text;
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return bad("A text has an escape that is none");
  }
}
