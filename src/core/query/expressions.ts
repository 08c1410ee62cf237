/** The expressions of a statement, by precedence: or, and, not, predicates, concatenation and sums, products, signs. */
import { refuse } from "./faults.ts";
import { isFunction } from "./functions.ts";
import { queryLimits } from "./limits.ts";
import type { Comparison, Expression, Step, Type } from "./model.ts";
import type { Token } from "./tokens.ts";

type Bare<K extends Expression["kind"]> = Omit<Extract<Expression, { kind: K }>, "depth">;

const comparisons = new Map<string, Comparison>([
  ["=", "="],
  ["!=", "!="],
  ["<>", "!="],
  ["<", "<"],
  ["<=", "<="],
  [">", ">"],
  [">=", ">="],
]);
const types = new Map<string, Type>([
  ["int", "int"],
  ["integer", "int"],
  ["bigint", "int"],
  ["double", "double"],
  ["float", "double"],
  ["decimal", "decimal"],
  ["numeric", "decimal"],
  ["string", "text"],
  ["varchar", "text"],
  ["char", "text"],
  ["timestamp", "timestamp"],
  ["datetime", "timestamp"],
  ["bool", "boolean"],
  ["boolean", "boolean"],
]);
/** Words that begin or divide something: no column is called so, unless it is quoted. */
const reserved = new Set("select from where limit and or not in like between is null as escape cast group order having join on union by distinct".split(" "));

/** Reads tokens from the left. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  readonly calls: boolean;
  #at = 0;
  #open = 0;
  /** `calls`: may functions be called? */
  constructor(tokens: readonly Token[], calls: boolean) {
    this.#tokens = tokens;
    this.calls = calls;
  }
  get token(): Token {
    return this.#tokens[this.#at] as Token;
  }
  take(): Token {
    const { token } = this;
    if (token.kind !== "end") this.#at++;
    return token;
  }
  unexpected(): never {
    const { kind, text, at } = this.token;
    return refuse("syntax", kind === "end" ? "The statement ends early" : `Unexpected ${text.slice(0, 40)} at position ${at}`);
  }
  isWord(...words: string[]): boolean {
    return this.token.kind === "word" && words.includes(this.token.text.toLowerCase());
  }
  isSign(...signs: string[]): boolean {
    return this.token.kind === "sign" && signs.includes(this.token.text);
  }
  word(word: string): boolean {
    const found = this.isWord(word);
    if (found) this.#at++;
    return found;
  }
  sign(sign: string): boolean {
    const found = this.isSign(sign);
    if (found) this.#at++;
    return found;
  }
  needWord(word: string): void {
    if (!this.word(word)) this.unexpected();
  }
  needSign(sign: string): void {
    if (!this.sign(sign)) this.unexpected();
  }
  /** A word that is no reserved one, or a quoted name. */
  name(): string | undefined {
    const { kind, text } = this.token;
    if (kind !== "name" && (kind !== "word" || reserved.has(text.toLowerCase()))) return undefined;
    this.#at++;
    return text;
  }
  /** How deep parentheses and the like stand, before there is a tree to measure. */
  deeper<T>(read: () => T): T {
    if (++this.#open > queryLimits.expressionDepthMax) refuse("tooDeep", `An expression nests deeper than ${queryLimits.expressionDepthMax}`);
    const result = read();
    this.#open--;
    return result;
  }
}

function node<K extends Expression["kind"]>(parts: Bare<K>, ...children: Expression[]): Expression {
  const depth = 1 + Math.max(0, ...children.map((child) => child.depth));
  if (depth > queryLimits.expressionDepthMax) refuse("tooDeep", `An expression nests deeper than ${queryLimits.expressionDepthMax}`);
  return { ...parts, depth } as unknown as Expression;
}

export function readExpression(reader: TokenReader): Expression {
  return reader.deeper(() => several(reader, "or", "any", () => several(reader, "and", "all", () => negation(reader))));
}

function several(reader: TokenReader, word: "and" | "or", kind: "all" | "any", read: () => Expression): Expression {
  const of = [read()];
  while (reader.word(word)) of.push(read());
  return of.length === 1 ? (of[0] as Expression) : node<"all" | "any">({ kind, of }, ...of);
}

function negation(reader: TokenReader): Expression {
  if (!reader.word("not")) return predicate(reader);
  return reader.deeper(() => {
    const of = negation(reader);
    return node<"not">({ kind: "not", of }, of);
  });
}

function predicate(reader: TokenReader): Expression {
  const left = sum(reader);
  const operator = reader.token.kind === "sign" ? comparisons.get(reader.token.text) : undefined;
  if (operator !== undefined) {
    reader.take();
    const right = sum(reader);
    return node<"compare">({ kind: "compare", operator, left, right }, left, right);
  }
  if (reader.word("is")) {
    const negated = reader.word("not");
    reader.needWord("null");
    return node<"isNull">({ kind: "isNull", of: left, negated }, left);
  }
  const negated = reader.isWord("not") && reader.word("not");
  if (reader.word("in")) return oneOf(reader, left, negated);
  if (reader.word("between")) {
    const low = sum(reader);
    reader.needWord("and");
    const high = sum(reader);
    return node<"between">({ kind: "between", of: left, low, high, negated }, left, low, high);
  }
  if (reader.word("like")) return alike(reader, left, negated);
  return negated ? reader.unexpected() : left;
}

function oneOf(reader: TokenReader, of: Expression, negated: boolean): Expression {
  reader.needSign("(");
  const values: Expression[] = [];
  do {
    values.push(sum(reader));
    if (values.length > queryLimits.valuesInListMax) refuse("tooManyValues", `A list has more than ${queryLimits.valuesInListMax} values`);
  } while (reader.sign(","));
  reader.needSign(")");
  return node<"in">({ kind: "in", of, values, negated }, of, ...values);
}

function alike(reader: TokenReader, of: Expression, negated: boolean): Expression {
  const pattern = reader.token.kind === "text" ? reader.take().text : refuse("likeOperand", "LIKE needs a text on its right");
  if (!reader.word("escape")) return node<"like">({ kind: "like", of, pattern, negated }, of);
  const sign = reader.token.kind === "text" ? reader.take().text : reader.unexpected();
  if ([...sign].length !== 1) refuse("escapeLength", "ESCAPE has exactly one character");
  return node<"like">({ kind: "like", of, pattern, escape: sign, negated }, of);
}

function sum(reader: TokenReader): Expression {
  let left = product(reader);
  for (;;) {
    const sign = reader.token.text;
    if (!reader.isSign("+", "-", "||")) return left;
    reader.take();
    const right = product(reader);
    left =
      sign === "||"
        ? node<"concat">({ kind: "concat", left, right }, left, right)
        : node<"arithmetic">({ kind: "arithmetic", operator: sign as "+" | "-", left, right }, left, right);
  }
}
function product(reader: TokenReader): Expression {
  let left = signed(reader);
  for (;;) {
    const sign = reader.token.text;
    if (!reader.isSign("*", "/", "%")) return left;
    reader.take();
    const right = signed(reader);
    left = node<"arithmetic">({ kind: "arithmetic", operator: sign as "*" | "/" | "%", left, right }, left, right);
  }
}
function signed(reader: TokenReader): Expression {
  if (reader.sign("+")) return reader.deeper(() => signed(reader));
  if (!reader.sign("-")) return primary(reader);
  const right = reader.deeper(() => signed(reader));
  if (right.kind === "literal" && (right.type === "int" || right.type === "double")) {
    const value = String(right.value);
    return { ...right, value: value.startsWith("-") ? value.slice(1) : `-${value}` };
  }
  const left = node<"literal">({ kind: "literal", type: "int", value: "0" });
  return node<"arithmetic">({ kind: "arithmetic", operator: "-", left, right }, left, right);
}

function primary(reader: TokenReader): Expression {
  const { kind, text } = reader.token;
  if (kind === "number") {
    reader.take();
    return node<"literal">({ kind: "literal", type: /^\d+$/.test(text) ? "int" : "double", value: text });
  }
  if (kind === "text") {
    reader.take();
    return node<"literal">({ kind: "literal", type: "text", value: text });
  }
  if (reader.sign("(")) {
    const inner = readExpression(reader);
    reader.needSign(")");
    return inner;
  }
  if (reader.word("null")) return node<"literal">({ kind: "literal", type: "null", value: null });
  for (const value of [true, false]) if (reader.word(String(value))) return node<"literal">({ kind: "literal", type: "boolean", value });
  if (reader.word("cast")) return cast(reader);
  const name = reader.name() ?? reader.unexpected();
  if (reader.sign("(")) return call(reader, name.toLowerCase());
  return node<"column">({ kind: "column", path: [{ key: bounded(name) }, ...readPath(reader)] });
}

/** Arguments stand between commas, or (of SUBSTRING) between FROM and FOR. */
function call(reader: TokenReader, name: string): Expression {
  const of: Expression[] = [];
  if (!reader.sign(")")) {
    do of.push(readExpression(reader));
    while (reader.sign(",") || (name === "substring" && (reader.word("from") || reader.word("for"))));
    reader.needSign(")");
  }
  if (!reader.calls || !isFunction(name, of.length)) refuse("syntax", `${name}() cannot be called here, or not so`);
  return node<"call">({ kind: "call", name, of }, ...of);
}

function cast(reader: TokenReader): Expression {
  reader.needSign("(");
  const of = readExpression(reader);
  reader.needWord("as");
  const named = reader.token.kind === "word" ? types.get(reader.token.text.toLowerCase()) : undefined;
  const to = named ?? reader.unexpected();
  reader.take();
  let format: string | undefined;
  if (to === "timestamp" && reader.word("format")) format = reader.token.kind === "text" ? reader.take().text : reader.unexpected();
  reader.needSign(")");
  return node<"cast">({ kind: "cast", of, to, ...(format === undefined ? {} : { format }) }, of);
}

function bounded(name: string): string {
  return Buffer.byteLength(name) > queryLimits.nameBytesMax ? refuse("nameTooLong", `A name has more than ${queryLimits.nameBytesMax} bytes`) : name;
}

/** `.key`, `.'a key'`, `[n]`, `['a key']`, `[*]`, as often as they come. */
export function readPath(reader: TokenReader): Step[] {
  const path: Step[] = [];
  for (;;) {
    if (reader.sign(".")) path.push(pathKey(reader));
    else if (reader.sign("[")) {
      path.push(pathIndex(reader));
      reader.needSign("]");
    } else return path;
    if (path.length > queryLimits.pathStepsMax) refuse("pathDepth", `A path has more than ${queryLimits.pathStepsMax} steps`);
  }
}
function pathKey(reader: TokenReader): Step {
  const { kind, text } = reader.token;
  if (kind !== "word" && kind !== "name" && kind !== "text") return reader.unexpected();
  reader.take();
  return { key: bounded(text) };
}
function pathIndex(reader: TokenReader): Step {
  if (reader.sign("*")) return { any: true };
  if (reader.isSign("-")) return refuse("negativeIndex", "Elements are counted from 0");
  const { kind, text } = reader.token;
  if (kind !== "number") return pathKey(reader);
  if (!/^\d{1,9}$/.test(text)) return reader.unexpected();
  reader.take();
  return { index: Number(text) };
}
