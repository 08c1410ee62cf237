/** How an operation of the admin API is declared. Paths are our own, so routes are paths here, not sub-resources of buckets. */
import type { BucketAddress, Context, Core } from "../../core/api.ts";
import type { BucketName, TenantName } from "../../core/model.ts";
import type { ByteSource } from "../../core/ports.ts";
import type { WireRequest } from "../wire.ts";

export type AdminCall = {
  request: WireRequest;
  /** Values of `:names` in the path, decoded. */
  path: Readonly<Record<string, string>>;
  query(name: string): string | undefined;
  /** The JSON body, an object; empty when there was none. */
  body: Readonly<Record<string, unknown>>;
  /** Of the server itself. */
  server: ServerStatus;
  /** Is the server shutting down? What goes on for long ends then. */
  draining(): boolean;
};
export type ServerStatus = () => Record<string, string | number>;

export type AdminOperation<I = unknown, O = unknown> = {
  name: string;
  docs: string;
  method: "GET" | "POST" | "DELETE";
  /** Below `/-/admin/v1`; `:name` stands for one segment. */
  path: string;
  input(call: AdminCall): I;
  run(core: Core, context: Context, input: I, call: AdminCall): Promise<O>;
  /** What is answered as JSON: 200, or 201 where something was `created`, or 204 when it is undefined. Or a stream of server-sent events. */
  reply(output: O): { created?: boolean; json: unknown } | { events: ByteSource } | undefined;
};
export const adminOperation = <I, O>(declaration: AdminOperation<I, O>): AdminOperation<I, O> => declaration;
// biome-ignore lint/suspicious/noExplicitAny: a list of operations forgets what each one's input and output are
export type AnyAdminOperation = AdminOperation<any, any>;

/** A mistake in the request that no rule of the core stands for. */
export class AdminError extends Error {
  override name = "AdminError";
  readonly status: number;
  readonly kind: string;
  constructor(status: number, kind: string, message: string) {
    super(message);
    this.status = status;
    this.kind = kind;
  }
}

/** A text in the body; `undefined` when it is not there. */
export function optionalText(call: AdminCall, field: string): string | undefined {
  const value = call.body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw new AdminError(400, "invalidArgument", `${field} is not a text`);
  return value;
}
export function requiredText(call: AdminCall, field: string): string {
  return optionalText(call, field) ?? missing(field);
}
const missing = (field: string): never => {
  throw new AdminError(400, "invalidArgument", `${field} is missing`);
};
/** True, or false (which absence is too). */
export function optionalSwitch(call: AdminCall, field: string): boolean {
  const value = call.body[field] ?? false;
  if (typeof value !== "boolean") throw new AdminError(400, "invalidArgument", `${field} is true or false`);
  return value;
}
/** `:bucket` of the path, in the tenant of ?tenant=. */
export const bucketIn = (call: AdminCall): BucketAddress => ({ tenant: (call.query("tenant") ?? "default") as TenantName, bucket: pathValue(call, "bucket") as BucketName });
export const pathValue = (call: AdminCall, name: string): string => call.path[name] ?? missing(name);
