/** JSON from strangers: no key twice, no deeper than told, and objects without a prototype, so that `__proto__` is a name like any other. */

export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export type JsonObject = { [name: string]: JsonValue };

/** `kind`: what is wrong; `at`: where, in characters. */
export class JsonError extends Error {
  override name = "JsonError";
  readonly kind: "syntax" | "duplicate" | "depth";
  readonly at: number;
  readonly key: string | undefined;
  constructor(kind: "syntax" | "duplicate" | "depth", at: number, key?: string) {
    super(`JSON: ${kind} at ${at}`);
    this.kind = kind;
    this.at = at;
    this.key = key;
  }
}

export function parseStrictJson(text: string, { depthMax }: { depthMax: number }): JsonValue {
  const reader = new Reader(text, depthMax);
  const value = reader.value(0);
  reader.end();
  return value;
}

const stringToken = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const otherToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const space = /[ \t\r\n]*/y;

class Reader {
  readonly #text: string;
  readonly #depthMax: number;
  #at = 0;
  constructor(text: string, depthMax: number) {
    this.#text = text;
    this.#depthMax = depthMax;
  }
  end(): void {
    this.#skip();
    if (this.#at !== this.#text.length) this.#refuse("syntax");
  }
  value(depth: number): JsonValue {
    if (depth > this.#depthMax) this.#refuse("depth");
    this.#skip();
    const first = this.#text[this.#at];
    if (first === "{") return this.#object(depth);
    if (first === "[") return this.#array(depth);
    if (first === '"') return this.#string();
    return JSON.parse(this.#take(otherToken)) as JsonValue;
  }
  #object(depth: number): JsonObject {
    const object = Object.create(null) as JsonObject;
    this.#at++;
    if (this.#next("}")) return object;
    do {
      this.#skip();
      const start = this.#at;
      const key = this.#string();
      if (key in object) throw new JsonError("duplicate", start, key);
      if (!this.#next(":")) this.#refuse("syntax");
      object[key] = this.value(depth + 1);
    } while (this.#next(","));
    if (!this.#next("}")) this.#refuse("syntax");
    return object;
  }
  #array(depth: number): JsonValue[] {
    const array: JsonValue[] = [];
    this.#at++;
    if (this.#next("]")) return array;
    do array.push(this.value(depth + 1));
    while (this.#next(","));
    if (!this.#next("]")) this.#refuse("syntax");
    return array;
  }
  #string(): string {
    return JSON.parse(this.#take(stringToken)) as string;
  }
  #take(token: RegExp): string {
    token.lastIndex = this.#at;
    const found = token.exec(this.#text)?.[0];
    if (found === undefined || found === "") return this.#refuse("syntax");
    this.#at += found.length;
    return found;
  }
  #next(character: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }
  #skip(): void {
    space.lastIndex = this.#at;
    this.#at += space.exec(this.#text)?.[0].length ?? 0;
  }
  #refuse(kind: "syntax" | "depth"): never {
    throw new JsonError(kind, this.#at);
  }
}
