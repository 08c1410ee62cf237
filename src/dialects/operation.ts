/**
 * What the dialects share: how an operation is declared, how a request finds the one operation that accepts it, and the index that is
 * built from the declarations at start. Everything else about an operation (coverage table, metric name, policy action) is derived here.
 */
import type { Capability, Context, Core } from "../core/api.ts";
import type { BucketName, ObjectKey, TenantName } from "../core/model.ts";
import type { Bytes, Clock, Log } from "../core/ports.ts";
import type { QueryParameter, Reply, WireRequest } from "./wire.ts";

export type Target = "service" | "bucket" | "object";

/** Where a request points, resolved once from host and path before authentication. */
export type Address = {
  tenant: TenantName;
  /** The request says which tenant, so that it is not the caller's own that is meant. */
  namesTenant?: true;
  target: Target;
  bucket?: BucketName;
  key?: ObjectKey;
  /** As on the wire, for signatures. */
  rawBucket: string;
  rawKey: string;
  style: "path" | "host";
  /** The point of access by whose alias the request named the bucket. */
  point?: { name: string; alias: BucketName };
};

/** What `input`, `run` and `reply` may use besides the core. `settings` are the dialect's own (region, persona, ...). */
export type Call<S = unknown> = {
  request: WireRequest;
  address: Address;
  context: Context;
  settings: S;
  clock: Clock;
  log: Log;
  requestId: string;
  /** The whole body when the operation declares `body: { document: bytesMax }`, verified against its digests. */
  document: Bytes;
  /** The body when the operation declares `body: "stream"`: decoded (aws-chunked), verified at its end. */
  incoming: import("../core/api.ts").IncomingBody;
  /** The fields of a browser's form before its file, by lower-case name; only where the request was one. */
  form?: import("./form-reader.ts").PostedForm["fields"];
};

export type Route = {
  method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE" | "OPTIONS";
  target: Target;
  /** The selectors (query names that choose an operation) that must be there, all of them and no other. */
  select?: readonly string[];
  /** Selectors of which one may stand beside: they say something more, and choose nothing (`callback`). */
  beside?: readonly string[];
  /** A header that chooses this operation over the one without it (x-amz-copy-source). */
  header?: string;
  /** A parameter that chooses this operation over the one without it: `id`, one configuration of several; `name=value`, where its values choose, of which any will do. */
  parameter?: string | readonly string[];
};

/** One vendor operation: its declaration is all there is. `I` is inferred from `input`, `O` from `run`. */
export type Operation<S = unknown, I = unknown, O = unknown> = {
  name: string;
  docs: string;
  route: Route;
  access: { action: string; capability: Capability };
  /** What is put is validated, kept and told, and changes nothing else: the coverage table says so. */
  isInert?: true;
  /** Default "none": a body is not read. */
  body?: "none" | "stream" | { document: number };
  /** Takes browsers' forms, whose fields say who sends them; what a form's policy allows is this operation and no other. */
  form?: true;
  input(call: Call<S>): I;
  run(core: Core, input: I, call: Call<S>): Promise<O>;
  reply(output: O, call: Call<S>, input: I): Reply;
};

export function operation<S, I, O>(declaration: Operation<S, I, O>): Operation<S, I, O> {
  return declaration;
}
// biome-ignore lint/suspicious/noExplicitAny: a list of operations forgets what each one's input and output are
export type AnyOperation<S> = Operation<S, any, any>;

/** What the vendor defines, from data/: every query name is one of these. */
export type VendorParameters = {
  /** Name -> the targets it selects on. */
  selectors: ReadonlyMap<string, readonly Target[]>;
  /** Change how an operation answers, never which one it is. */
  modifiers: ReadonlySet<string>;
  /**
   * Only mean something beside one of the selectors named (`comp` beside `cname`): with it they decide nothing, and without it a verb that
   * changes something is refused, so that `DELETE ?comp=delete` is never the bare verb.
   */
  dependents?: ReadonlyMap<string, readonly string[]>;
  /** Bare verbs that the vendor has and we do not serve: "POST bucket" -> "PostObject". */
  bare: ReadonlyMap<string, string>;
};

export type Resolution<S> =
  | { kind: "operation"; operation: AnyOperation<S> }
  /** The vendor knows it, we do not serve it: 501 by name. */
  | { kind: "unserved"; selector: string }
  /** No such method here: 405. */
  | { kind: "method" }
  /** Two selectors that are no declared pair, or a parameter nobody knows on a verb that changes something: 400. */
  | { kind: "refused"; parameter: string; why: "conflict" | "unknown" };

const routeKey = (method: string, target: Target, selectors: readonly string[], header: string | undefined): string =>
  `${method} ${target} ${[...selectors].sort().join("&")} ${header ?? ""}`;

/** `name`, or `name=value`, among the parameters; the first of a name counts. */
function isThere(parameter: string, query: readonly QueryParameter[]): boolean {
  const [name, value] = parameter.split("=", 2);
  const found = query.find((one) => one.name === name);
  return found !== undefined && (value === undefined || found.value === value);
}

export type RouteIndex<S> = {
  readonly operations: readonly AnyOperation<S>[];
  /** Which methods a target answers to when nothing else selects. */
  methodsOf(target: Target): readonly string[];
  resolve(request: { method: string; target: Target; query: readonly QueryParameter[]; header(name: string): boolean }): Resolution<S>;
};

/**
 * Built once. Throws when two operations accept the same request, or when one selects by a name that data/ does not list: no order of a list
 * ever decides. `allowUnknown` names parameters outside data/ that are let through on every verb (S3's custom `x-...`).
 */
export function routeIndex<S>(operations: readonly AnyOperation<S>[], vendor: VendorParameters, allowUnknown: (name: string) => boolean): RouteIndex<S> {
  const byKey = new Map<string, AnyOperation<S>>();
  const headers = new Map<string, string[]>();
  for (const op of operations) {
    const { method, target, select = [], beside = [], parameter } = op.route;
    const parameters = parameter === undefined ? [undefined] : [parameter].flat().map((name) => `?${name}`);
    for (const name of [...select, ...beside]) {
      if (!vendor.selectors.has(name)) throw new Error(`${op.name} selects by "${name}", which data/ does not list as a selector`);
    }
    for (const selectors of [select, ...beside.map((name) => [...select, name])]) {
      const base = routeKey(method, target, selectors, undefined);
      for (const header of op.route.header === undefined ? parameters : [op.route.header]) {
        const key = routeKey(method, target, selectors, header);
        const other = byKey.get(key);
        if (other) throw new Error(`${op.name} and ${other.name} accept the same request: ${key}`);
        byKey.set(key, op);
        if (header !== undefined) headers.set(base, [...(headers.get(base) ?? []), header]);
      }
    }
  }
  // Most requests have no parameters: what then accepts them is known by method and target.
  const plain = new Map<string, { operation: AnyOperation<S> | undefined; headers: readonly string[] }>();
  for (const target of ["service", "bucket", "object"] as const) {
    for (const method of ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"]) {
      const base = routeKey(method, target, [], undefined);
      plain.set(`${method} ${target}`, { operation: byKey.get(base), headers: headers.get(base) ?? [] });
    }
  }
  return {
    operations,
    methodsOf: (target) => [...plain].filter(([name, { operation }]) => operation !== undefined && name.endsWith(` ${target}`)).map(([name]) => name.split(" ", 1)[0] as string),
    resolve({ method, target, query: asked, header }) {
      // What a browser asks before a request is about where it goes: the parameters are those of the request to come.
      const query = method === "OPTIONS" ? [] : asked;
      if (query.length === 0) {
        const known = plain.get(`${method} ${target}`);
        if (known?.operation !== undefined && !known.headers.some(header)) return { kind: "operation", operation: known.operation };
      }
      const selectors: string[] = [];
      const changes = method === "PUT" || method === "POST" || method === "DELETE";
      const dependent: string[] = [];
      for (const { name } of query) {
        if (vendor.dependents?.has(name)) {
          dependent.push(name);
          continue;
        }
        const targets = vendor.selectors.get(name);
        if (targets?.includes(target)) {
          if (!selectors.includes(name)) selectors.push(name);
        } else if (changes && targets) return { kind: "refused", parameter: name, why: "conflict" };
        else if (changes && !vendor.modifiers.has(name) && !allowUnknown(name)) return { kind: "refused", parameter: name, why: "unknown" };
      }
      const alone = dependent.find((name) => !vendor.dependents?.get(name)?.some((selector) => selectors.includes(selector)));
      if (changes && alone !== undefined) return { kind: "refused", parameter: alone, why: "conflict" };
      const base = routeKey(method, target, selectors, undefined);
      for (const name of headers.get(base) ?? []) {
        if (name.startsWith("?") ? !isThere(name.slice(1), query) : !header(name)) continue;
        const op = byKey.get(routeKey(method, target, selectors, name));
        if (op) return { kind: "operation", operation: op };
      }
      const op = byKey.get(base);
      if (op) return { kind: "operation", operation: op };
      const [first, second] = selectors;
      if (first === undefined) {
        const name = vendor.bare.get(`${method} ${target}`);
        return name === undefined ? { kind: "method" } : { kind: "unserved", selector: name };
      }
      if (second !== undefined) return { kind: "refused", parameter: second, why: "conflict" };
      return { kind: "unserved", selector: first };
    },
  };
}

/** One dialect as the pipeline sees it. `serve` never throws: every failure becomes the vendor's own answer. */
export type Dialect = {
  name: "s3" | "oss" | "hcp" | "admin";
  serve(request: WireRequest): Promise<Reply>;
  /** Refusals of the server itself (overload, drain, full disk), in this vendor's form, before anything was parsed. */
  refuse(request: WireRequest, kind: "overloaded" | "draining" | "diskFull" | "badRequest", detail: { retryAfterS: number; message: string }): Reply;
};
