/**
 * One request through one dialect, in the order every dialect shares: address -> who -> operation -> access -> body -> input -> run -> reply.
 * What differs (claims, documents, words) comes from the profile. Nothing thrown here leaves: it becomes the vendor's answer.
 */
import { createHash } from "node:crypto";
import type { Context, Core, ExpectedDigests, IncomingBody } from "../core/api.ts";
import { checksumLoading, checksumOf } from "../core/digest.ts";
import { DomainError } from "../core/errors.ts";
import type { Caller, ObjectKey, TenantName } from "../core/model.ts";
import { type ByteSource, type Bytes, type Clock, type Log, StoreOutcomeUnknown, StoreRefused } from "../core/ports.ts";
import { throughPoint } from "./access-point.ts";
import { addCorsHeaders } from "./cors.ts";
import type { VendorAnswer } from "./error-table.ts";
import { VendorError } from "./error-table.ts";
import type { PostedForm } from "./form-reader.ts";
import type { Address, AnyOperation, Call, RouteIndex } from "./operation.ts";
import { requestFact } from "./request-facts.ts";
import type { Reply, WireRequest } from "./wire.ts";

/** Who asks, and how the body they send is to be read (decoded, and verified at its end). */
export type Authenticated = {
  caller: Caller;
  /** Where the access key lives, when the host named no tenant. */
  tenant?: TenantName;
  body(): IncomingBody;
  /** They say that they pay (core/access/payer.ts). */
  payment?: Context["payment"];
  /** A browser's upload: `request` has the form's fields for headers, `key` is the object it makes. */
  form?: { request: WireRequest; key: ObjectKey; fields: PostedForm["fields"] };
};

/** `payment`: of a request that says it pays. */
export type Failure = { request: WireRequest; requestId: string; address?: Address; caller?: Caller; operation?: string; payment?: Context["payment"] };

export type Profile<S> = {
  name: "s3" | "oss" | "hcp" | "admin";
  settings: S;
  routes: RouteIndex<S>;
  clock: Clock;
  log: Log;
  requestId(): string;
  /** Throws VendorError for a path that names nothing. */
  address(request: WireRequest): Address;
  /** Throws what `answer` understands. */
  authenticate(request: WireRequest, address: Address): Promise<Authenticated>;
  /** Refusals of the router, in the vendor's words. */
  unserved(selector: string): VendorAnswer;
  refusedParameter(parameter: string, why: "conflict" | "unknown"): VendorAnswer;
  /** `allowed`: the methods that are for this target. */
  methodNotAllowed(method: string, address: Address, allowed: readonly string[]): VendorAnswer;
  /** Everything else that can be thrown, domain errors and signature failures included; undefined: a defect of ours. */
  answer(error: unknown, failure: Failure): VendorAnswer | undefined;
  /** 500 and 503 in the vendor's words. */
  internal(kind: "defect" | "unavailable"): VendorAnswer;
  documentTooLarge(bytesMax: number): VendorAnswer;
  /** The error document (or, for HEAD, its headers). */
  render(answer: VendorAnswer, failure: Failure): Reply;
  /** Are pages of an origin that a rule names allowed to send cookies? Absent: no. */
  corsCredentials?: boolean;
  /** What policies ask about a request, by the core's names, beyond what every vendor's has (request-facts.ts). */
  facts?(call: Call<S>, name: string): readonly string[] | undefined;
  /** The context with what the request is beyond its operation's own action; the same one where that is nothing. */
  actions?(call: Call<S>): Context;
  /** Adds what every answer of this vendor carries (request ids, server). */
  finish(reply: Reply, failure: Failure): Reply;
};

/** A request's retries stop this long after it came in. */
export const requestDeadlineMs = 30_000;

const noDocument = new Uint8Array(0);
const noBody: IncomingBody = { source: { read: async () => undefined, close() {} }, length: 0, expected: () => ({}) };

export async function serveOperation<S>(core: Core, profile: Profile<S>, request: WireRequest): Promise<Reply> {
  const failure: Failure = { request, requestId: profile.requestId() };
  const reply = await answered(core, profile, request, failure);
  const { address, caller, requestId } = failure;
  if (address?.bucket !== undefined) reply.trace = caller === undefined ? { address, requestId } : { address, caller, requestId };
  return reply;
}

async function answered<S>(core: Core, profile: Profile<S>, request: WireRequest, failure: Failure): Promise<Reply> {
  try {
    const reply = await attempt(core, profile, request, failure);
    // Most requests come from no page.
    return request.headers.origin === undefined ? profile.finish(reply, failure) : await finished(core, profile, reply, failure);
  } catch (error) {
    const answer = answerTo(profile, error, failure);
    const reply = profile.render(answer, failure);
    reply.errorCode = answer.code;
    if (failure.operation !== undefined) reply.operation = failure.operation;
    return await finished(core, profile, reply, failure);
  }
}

/** The rules about other origins decorate an answer, they never spoil one: what cannot be read is left out. */
async function finished<S>(core: Core, profile: Profile<S>, reply: Reply, failure: Failure): Promise<Reply> {
  const done = profile.finish(reply, failure);
  try {
    await addCorsHeaders(core, failure.request, failure.address, done, profile.corsCredentials === true);
  } catch (error) {
    profile.log.warn("cors.unread", { requestId: failure.requestId, error: String(error) });
  }
  return done;
}

async function attempt<S>(core: Core, profile: Profile<S>, request: WireRequest, failure: Failure): Promise<Reply> {
  const placed = throughPoint(core, profile.address(request));
  const address = placed instanceof Promise ? await placed : placed;
  failure.address = address;
  const who = await profile.authenticate(request, address);
  failure.caller = who.caller;
  if (who.tenant !== undefined && address.namesTenant === undefined) address.tenant = who.tenant;
  const op = resolve(profile, request, address);
  failure.operation = op.name;
  // The route of a form is that of its bucket; what it makes is asked for, and made, under its key.
  if (who.form !== undefined) {
    if (op.form !== true) throw new VendorError(profile.methodNotAllowed(request.method, address, profile.routes.methodsOf(address.target)));
    address.key = who.form.key;
  }
  const context: Context = {
    caller: who.caller,
    capability: op.access.capability,
    action: op.access.action,
    signal: request.signal,
    deadlineMs: profile.clock.monotonicMs() + requestDeadlineMs,
    facts: (name: string) => ownFact(call, name) ?? profile.facts?.(call, name) ?? requestFact(call.request, name),
  };
  if (address.point !== undefined) context.point = address.point.name;
  if (who.payment !== undefined) failure.payment = context.payment = who.payment;
  const call: Call<S> = {
    request: who.form?.request ?? request,
    address,
    context,
    settings: profile.settings,
    clock: profile.clock,
    log: profile.log,
    requestId: failure.requestId,
    document: noDocument,
    incoming: noBody,
  };
  if (who.form !== undefined) call.form = who.form.fields;
  if (profile.actions !== undefined) call.context = profile.actions(call);
  if (op.body !== undefined && op.body !== "none") {
    // Before a body is read, a document too: a stranger makes the server gather nothing, and what is not there is said before what is wrong.
    if (address.bucket !== undefined)
      await core.access.check(call.context, {
        tenant: address.tenant,
        bucket: address.bucket,
        ...(address.key === undefined ? {} : { key: address.key }),
        tellsMore: op.body !== "stream",
      });
    call.incoming = who.body();
    if (op.body !== "stream") call.document = await readDocument(profile, call.incoming, op.body.document);
  }
  const input = op.input(call);
  const output = await op.run(core, input, call);
  const reply = op.reply(output, call, input);
  reply.operation = op.name;
  return reply;
}

/** For events. */
function ownFact<S>({ requestId, form }: Call<S>, name: string): readonly string[] | undefined {
  if (name === "request.id") return [requestId];
  return name === "request.form" && form !== undefined ? ["true"] : undefined;
}

function resolve<S>(profile: Profile<S>, request: WireRequest, address: Address): AnyOperation<S> {
  const found = profile.routes.resolve({ method: request.method, target: address.target, query: request.query, header: (name) => request.headers[name] !== undefined });
  switch (found.kind) {
    case "operation":
      return found.operation;
    case "unserved":
      throw new VendorError(profile.unserved(found.selector));
    case "refused":
      throw new VendorError(profile.refusedParameter(found.parameter, found.why));
    case "method":
      throw new VendorError(profile.methodNotAllowed(request.method, address, profile.routes.methodsOf(address.target)));
  }
}

function answerTo<S>(profile: Profile<S>, error: unknown, failure: Failure): VendorAnswer {
  if (error instanceof VendorError) return error.answer;
  const answer = profile.answer(error, failure);
  if (answer) return answer;
  const fields = { requestId: failure.requestId, dialect: profile.name, operation: failure.operation };
  if (failure.request.signal.aborted) return profile.internal("unavailable");
  profile.log.error("request.failed", error, fields);
  if (error instanceof StoreRefused || error instanceof StoreOutcomeUnknown) return profile.internal("unavailable");
  return profile.internal("defect");
}

/** A document is gathered whole, up to its named limit, and checked against every digest the client gave. */
async function readDocument<S>(profile: Profile<S>, incoming: IncomingBody, bytesMax: number): Promise<Bytes> {
  if (incoming.length !== undefined && incoming.length > bytesMax) throw new VendorError(profile.documentTooLarge(bytesMax));
  const chunks: Bytes[] = [];
  let size = 0;
  for (let chunk = await incoming.source.read(); chunk !== undefined; chunk = await incoming.source.read()) {
    size += chunk.length;
    if (size > bytesMax) {
      incoming.source.close();
      throw new VendorError(profile.documentTooLarge(bytesMax));
    }
    chunks.push(Buffer.from(chunk));
  }
  const document = Buffer.concat(chunks, size);
  const expected = incoming.expected();
  await checksumLoading(expected.checksum?.algorithm);
  verifyDigests(document, expected);
  return document;
}

export function verifyDigests(document: Bytes, expected: ExpectedDigests): void {
  const compare = (algorithm: string, want: string | undefined, actual: () => string): void => {
    if (want === undefined) return;
    const is = actual();
    if (is !== want) throw new DomainError("digestMismatch", { algorithm, expected: want, actual: is });
  };
  compare("md5", expected.md5, () => createHash("md5").update(document).digest("hex"));
  compare("sha256", expected.sha256, () => createHash("sha256").update(document).digest("hex"));
  const { checksum } = expected;
  if (!checksum) return;
  compare(checksum.algorithm, checksum.value, () => checksumOf(checksum.algorithm, document));
}

/** For dialects: a body that is what came over the wire, nothing decoded. */
export function plainBody(request: WireRequest, expected: () => ExpectedDigests): IncomingBody {
  const source: ByteSource = request.body;
  return request.contentLength === undefined ? { source, expected } : { source, length: request.contentLength, expected };
}
