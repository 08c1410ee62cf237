/** Server access logs: https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html */
import type { LogPlan } from "../../../core/logging/api.ts";
import { encodeUri, encodeUriPath } from "../../../lib/uri.ts";
import { headerOf, type LogFormat, logTime, nameTime, objectSizeOf, quoted, refererOf, requestLine, type Traced } from "../../answered.ts";
import type { WireRequest } from "../../wire.ts";

/** Sub-resources whose names in a log are not their own in upper case. */
const resources: Record<string, string> = {
  logging: "LOGGING_STATUS",
  policy: "BUCKETPOLICY",
  policyStatus: "BUCKETPOLICYSTATUS",
  versions: "BUCKETVERSIONS",
  delete: "MULTI_OBJECT_DELETE",
  requestPayment: "REQUEST_PAYMENT",
  publicAccessBlock: "PUBLIC_ACCESS_BLOCK",
  ownershipControls: "OWNERSHIP_CONTROLS",
  "object-lock": "OBJECT_LOCK_CONFIGURATION",
  "legal-hold": "OBJECT_LOCK_LEGALHOLD",
  retention: "OBJECT_LOCK_RETENTION",
  "intelligent-tiering": "INTELLIGENT_TIERING",
};
const plain = "accelerate acl analytics attributes cors encryption inventory lifecycle location metrics notification replication restore tagging versioning website".split(" ");

/** `REST.GET.OBJECT` and the like; requests of other dialects are told as this one's that does the same. */
export function operationOf({ request, reply }: Pick<Traced, "request" | "reply">): string {
  const { address } = reply.trace;
  const door = reply.dialect === "website" ? "WEBSITE" : "REST";
  if (request.method === "OPTIONS") return `${door}.OPTIONS.PREFLIGHT`;
  const isCopy = request.headers["x-amz-copy-source"] !== undefined || request.headers["x-oss-copy-source"] !== undefined;
  const names = new Set(request.query.map(({ name }) => name));
  const verb = isCopy && request.method === "PUT" ? "COPY" : request.method;
  return `${door}.${verb}.${resourceOf(names, address.target)}`;
}

function resourceOf(names: ReadonlySet<string>, target: string): string {
  if (names.has("partNumber") && names.has("uploadId")) return "PART";
  if (names.has("uploadId")) return "UPLOAD";
  if (names.has("uploads")) return "UPLOADS";
  for (const [name, resource] of Object.entries(resources)) if (names.has(name)) return resource;
  for (const name of plain) if (names.has(name)) return name === "tagging" && target === "object" ? "OBJECT_TAGGING" : name.toUpperCase();
  return target.toUpperCase();
}

/** How the request was signed, and where that stands. */
function signatureOf({ headers, query }: WireRequest): [version: string, place: string] {
  const { authorization } = headers;
  if (authorization !== undefined) return [authorization.startsWith("AWS4-") ? "SigV4" : authorization.startsWith("AWS ") ? "SigV2" : "-", "AuthHeader"];
  const has = (wanted: string): boolean => query.some(({ name }) => name.toLowerCase() === wanted);
  if (has("x-amz-signature")) return ["SigV4", "QueryString"];
  return has("signature") && has("awsaccesskeyid") ? ["SigV2", "QueryString"] : has("x-oss-signature") || has("signature") ? ["-", "QueryString"] : ["-", "-"];
}

function requesterOf({ reply: { trace } }: Traced): string {
  const { caller } = trace;
  if (caller === undefined || caller.kind === "anonymous") return "-";
  if (caller.kind === "role") return `arn:aws:sts::${caller.account.accountId}:assumed-role/${caller.role}/${encodeUri(caller.session.name ?? "")}`;
  return caller.kind === "user" ? `arn:aws:iam::${caller.account.accountId}:user/${encodeUri(caller.user)}` : caller.account.canonicalId;
}

/** Only an ACL can have let in whoever is neither the owner nor meant by a policy. */
function neededAcl(plan: LogPlan, { reply }: Traced): boolean {
  const { caller } = reply.trace;
  const isOwners = caller !== undefined && caller.kind !== "anonymous" && caller.account.id === plan.owner.id;
  return reply.status < 400 && !isOwners && !plan.hasPolicy;
}

/** `-` where there is nothing, or nothing is known. */
const or = (value: string | number | undefined): string => (value === undefined || value === "" ? "-" : String(value));

const regionOf = (plan: LogPlan, region: string): string => (plan.region === "" ? region : plan.region);

/** `region`: the server's, where a bucket names none. */
export function s3LogFormat(region: string): LogFormat {
  return {
    line(plan, answered) {
      const { request, reply, bytesOut } = answered;
      const { address, requestId } = reply.trace;
      const [version, place] = signatureOf(request);
      const fields = [
        plan.owner.canonicalId,
        plan.bucket,
        logTime(request.receivedMs, 0),
        or(request.remoteAddress),
        requesterOf(answered),
        requestId,
        operationOf(answered),
        or(address.key === undefined ? undefined : encodeUriPath(address.key)),
        requestLine(request),
        reply.status,
        or(reply.errorCode),
        bytesOut === 0 ? "-" : bytesOut,
        or(objectSizeOf(answered)),
        Math.round(answered.milliseconds),
        Math.max(0, Math.round(answered.turnaroundMs)),
        refererOf(request),
        quoted(request.headers["user-agent"]),
        or(headerOf(reply, "x-amz-version-id") ?? headerOf(reply, "x-oss-version-id")),
        or(headerOf(reply, "x-amz-id-2")),
        version,
        or(answered.cipher),
        place,
        or(request.hostHeader),
        or(answered.protocol),
        // There are no access points here.
        "-",
        neededAcl(plan, answered) ? "Yes" : "-",
        regionOf(plan, region),
      ];
      return `${fields.join(" ")}\n`;
    },
    name(plan, { deliveredMs, day, unique }) {
      const { prefix, names } = plan.logging;
      if (names === "plain") return `${prefix}${nameTime(deliveredMs, 0)}-${unique}`;
      // A log of one day's events says no more than the day.
      const time = day === undefined ? nameTime(deliveredMs, 0) : `${day}-00-00-00`;
      return `${prefix}${plan.owner.accountId}/${regionOf(plan, region)}/${plan.bucket}/${time.slice(0, 10).replaceAll("-", "/")}/${time}-${unique}`;
    },
    facts: (plan) => (name) => (name === "source.resource" ? [`arn:aws:s3:::${plan.bucket}`] : name === "source.account" ? [plan.owner.accountId] : undefined),
  };
}
