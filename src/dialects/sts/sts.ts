/**
 * Issues temporary keys, at `/-/sts` and where clients of the vendors' own services ask when all they are told is this server's address: RAM's RPC
 * form (rpc.ts) and AWS's Query form (query-form.ts). What is asked is one thing, and so are the rules (core/identity/issue.ts).
 */
import type { Core } from "../../core/api.ts";
import { type Clock, type Log, type Random, StoreOutcomeUnknown, StoreRefused } from "../../core/ports.ts";
import { parseQuery } from "../../lib/uri.ts";
import { requestDeadlineMs } from "../serve.ts";
import type { Reply, WireRequest } from "../wire.ts";
import { answerQueryForm } from "./query-form.ts";
import { answerRpc } from "./rpc.ts";
import { type Parameters, StsError, type StsRequest } from "./sts-request.ts";

export type StsDeps = { core: Core; clock: Clock; log: Log; random: Random };

export const stsPath = "/-/sts";
export const stsLimits = { bodyBytesMax: 64 * 1024 } as const;

/** The same for both forms: what cannot be said in a form's own words. */
export type Form = {
  /** Throws StsError, AuthFailure, DomainError, VendorError. */
  answer(deps: StsDeps, asked: StsRequest): Promise<Reply>;
  /** undefined: a defect of ours. */
  refuse(error: unknown, asked: StsRequest): Reply | undefined;
};

const formType = /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i;
const isSignedForAws = ({ headers, query }: WireRequest): boolean =>
  headers.authorization?.startsWith("AWS4-HMAC-SHA256") === true || query.some(({ name }) => name === "X-Amz-Algorithm");
const isRpc = ({ query }: WireRequest): boolean => ["Action", "AccessKeyId", "SignatureMethod"].every((wanted) => query.some(({ name }) => name === wanted));
/** At `/` only what no vendor's object service has there: a form, a call of RAM's, or what is signed for this service. */
function isMeant(request: WireRequest): boolean {
  const { rawPath, method, headers, query } = request;
  if (rawPath === stsPath || rawPath === `${stsPath}/`) return true;
  if (rawPath !== "/") return false;
  if (method === "POST" && formType.test(headers["content-type"] ?? "")) return true;
  if ((method === "GET" || method === "POST") && isRpc(request)) return true;
  return /\/sts\/aws4_request\b/.test(headers.authorization ?? query.find(({ name }) => name === "X-Amz-Credential")?.value ?? "");
}

/** Undefined: not for it. What it gives never rejects. */
export function createSts(deps: StsDeps): (request: WireRequest) => Promise<Reply> | undefined {
  return (request) => (isMeant(request) ? serve(deps, request) : undefined);
}

async function serve(deps: StsDeps, request: WireRequest): Promise<Reply> {
  const raw = Buffer.from(deps.random.bytes(16)).toString("hex");
  const requestId = `${raw.slice(0, 8)}-${raw.slice(8, 12)}-${raw.slice(12, 16)}-${raw.slice(16, 20)}-${raw.slice(20)}`;
  const asked: StsRequest = { request, requestId, parameters: new Map(), body: Buffer.alloc(0), deadlineMs: deps.clock.monotonicMs() + requestDeadlineMs };
  let answer = isSignedForAws(request) || !isRpc(request) ? queryForm : rpcForm;
  let reply: Reply;
  try {
    asked.body = await readBody(request);
    asked.parameters = parametersOf(request, asked.body);
    // Of RAM's the whole call may stand in the body.
    if (!isSignedForAws(request) && asked.parameters.has("SignatureMethod")) answer = rpcForm;
    reply = await answer.answer(deps, asked);
  } catch (error) {
    const isStore = error instanceof StoreRefused || error instanceof StoreOutcomeUnknown;
    const known = isStore ? new StsError("unavailable") : error;
    const said = answer.refuse(known, asked);
    if (said === undefined) deps.log.error("sts.failed", error, { requestId });
    reply = said ?? (answer.refuse(new StsError("defect"), asked) as Reply);
  }
  reply.headers.push("Cache-Control", "no-store");
  return { ...reply, dialect: "sts", operation: actionOf(asked.parameters) };
}

const queryForm: Form = answerQueryForm;
const rpcForm: Form = answerRpc;

/** For metrics: no stranger's words. */
const known = ["AssumeRole", "GetSessionToken", "GetCallerIdentity"];
const actionOf = (parameters: Parameters): string => known.find((name) => name === parameters.get("Action")) ?? "unknown";

async function readBody({ body }: WireRequest): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
    size += chunk.length;
    if (size > stsLimits.bodyBytesMax) throw new StsError("tooLarge");
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks, size);
}

/** Of the URL and of the form in the body; a name that comes twice is refused. */
function parametersOf(request: WireRequest, body: Buffer): Parameters {
  const parameters = new Map<string, string>();
  const inBody = parseQuery(body.toString("latin1"));
  if (inBody === undefined) throw new StsError("malformed");
  for (const { name, value } of [...request.query, ...inBody]) {
    if (parameters.has(name)) throw new StsError("malformed");
    parameters.set(name, value);
  }
  return parameters;
}
