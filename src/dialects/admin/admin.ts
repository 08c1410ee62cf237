/**
 * The admin API, JSON under `/-/admin/v1`. For the root account only: its key (SigV4, service s3, the payload's hash signed) or the bearer token of
 * the credentials file.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Context, Core } from "../../core/api.ts";
import type { Account, TenantName } from "../../core/model.ts";
import type { Clock, Log } from "../../core/ports.ts";
import { parseStrictJson } from "../../lib/strict-json.ts";
import { decodeUri } from "../../lib/uri.ts";
import type { Address } from "../operation.ts";
import { accessKeyLookup, authenticate } from "../s3/authenticate.ts";
import { requestDeadlineMs } from "../serve.ts";
import type { Reply, WireRequest } from "../wire.ts";
import { type AdminCall, AdminError, type AnyAdminOperation, type ServerStatus } from "./admin-operation.ts";
import { errorReply, jsonReply, replyToError } from "./errors.ts";
import { CreateAccount, CreateUser, DeleteAccount, DeleteUser, ListAccounts, ListUsers } from "./operations/accounts.ts";
import { GetSoftDelete, ListBinned, RestoreBinned, SetSoftDelete } from "./operations/bin.ts";
import { GetBucketBlockers } from "./operations/buckets.ts";
import { CreateEncryptionKey, DisableEncryptionKey, EnableEncryptionKey, ListEncryptionKeys } from "./operations/encryption-keys.ts";
import { ExplainAccess } from "./operations/explain.ts";
import { AddGroupUser, CreateGroup, DeleteGroup, ListGroups, RemoveGroupUser } from "./operations/groups.ts";
import { CancelJob, GetJob, JobEvents, JobsEvents, ListJobs, PauseJob, ResumeJob } from "./operations/jobs.ts";
import { CreateKey, DeleteKey, ListKeys } from "./operations/keys.ts";
import { GetLifecycleReport, RunLifecycle, SetDisposition } from "./operations/lifecycle.ts";
import { DeleteAccountPublicAccess, GetAccountPublicAccess, SetAccountPublicAccess } from "./operations/public-access.ts";
import { DeleteFullBucket, EmptyBucket, EmptyTrash, ListTrash, PurgeBucket, RestoreBucket, SetTrashKeep } from "./operations/purge.ts";
import { DeleteRole, EndRoleSessions, ListRoles, PutRole } from "./operations/roles.ts";
import {
  AttachPolicy,
  DeleteGroupPolicy,
  DeletePolicy,
  DeleteRolePolicy,
  DetachPolicy,
  ListPolicies,
  PutGroupPolicy,
  PutPolicy,
  PutRolePolicy,
} from "./operations/shared-policies.ts";
import { GetSpace, ReclaimSpace } from "./operations/space.ts";
import { GetStats } from "./operations/stats.ts";
import { CreateTenant, DeleteTenant, ListTenants } from "./operations/tenants.ts";
import { DeleteUserPolicy, ListUserPolicies, PutUserPolicy } from "./operations/user-policies.ts";

export const adminOperations: readonly AnyAdminOperation[] = [
  CreateTenant,
  ListTenants,
  DeleteTenant,
  CreateAccount,
  ListAccounts,
  DeleteAccount,
  CreateUser,
  ListUsers,
  DeleteUser,
  SetAccountPublicAccess,
  GetAccountPublicAccess,
  DeleteAccountPublicAccess,
  CreateKey,
  ListKeys,
  DeleteKey,
  PutUserPolicy,
  ListUserPolicies,
  DeleteUserPolicy,
  CreateGroup,
  ListGroups,
  DeleteGroup,
  AddGroupUser,
  RemoveGroupUser,
  PutGroupPolicy,
  DeleteGroupPolicy,
  PutRole,
  ListRoles,
  DeleteRole,
  EndRoleSessions,
  PutRolePolicy,
  DeleteRolePolicy,
  PutPolicy,
  ListPolicies,
  DeletePolicy,
  AttachPolicy,
  DetachPolicy,
  ExplainAccess,
  GetBucketBlockers,
  ListJobs,
  GetJob,
  PauseJob,
  ResumeJob,
  CancelJob,
  JobEvents,
  JobsEvents,
  GetLifecycleReport,
  SetDisposition,
  RunLifecycle,
  PurgeBucket,
  EmptyBucket,
  DeleteFullBucket,
  SetTrashKeep,
  SetSoftDelete,
  GetSoftDelete,
  ListBinned,
  RestoreBinned,
  ListTrash,
  RestoreBucket,
  EmptyTrash,
  GetSpace,
  ReclaimSpace,
  GetStats,
  CreateEncryptionKey,
  ListEncryptionKeys,
  DisableEncryptionKey,
  EnableEncryptionKey,
];

const prefix = "/-/admin/v1";
const bodyBytesMax = 64 * 1024;
const bodyDepthMax = 32;

/** A proxy that gathered events would hold them back. */
const eventHeaders = ["Content-Type", "text/event-stream", "Cache-Control", "no-store", "X-Accel-Buffering", "no"] as const;

export type AdminDeps = { core: Core; clock: Clock; log: Log; adminToken: string; server: ServerStatus; draining?(): boolean };

/** `handle` never throws. */
export function createAdmin(deps: AdminDeps): { handle(request: WireRequest): Promise<Reply> } {
  return {
    async handle(request) {
      let name = "unknown";
      const named = (reply: Reply): Reply => ({ ...reply, dialect: "admin", operation: name });
      try {
        // first who, then what: a stranger is told nothing about paths
        const context = await authorize(deps, request);
        const { operation, path } = resolve(request);
        name = operation.name;
        const call: AdminCall = {
          request,
          path,
          query: (wanted) => request.query.find((parameter) => parameter.name === wanted)?.value,
          body: request.method === "POST" ? await readJson(request) : {},
          server: deps.server,
          draining: deps.draining ?? (() => false),
        };
        const output = operation.reply(await operation.run(deps.core, { ...context, action: `amphora:${operation.name}` }, operation.input(call), call));
        if (output !== undefined && "events" in output) return named({ status: 200, headers: [...eventHeaders], body: { source: output.events, endless: true } });
        return named(output === undefined ? { status: 204, headers: [] } : jsonReply(output.created ? 201 : 200, output.json));
      } catch (error) {
        const known = replyToError(error);
        if (!known) deps.log.error("admin.failed", error, { operation: name });
        return named(known ?? errorReply(500, "internal", "internal error; the server's log says more"));
      }
    },
  };
}

const serviceAddress: Address = { tenant: "default" as TenantName, target: "service", rawBucket: "", rawKey: "", style: "path" };

async function authorize(deps: AdminDeps, request: WireRequest): Promise<Context> {
  const caller = request.headers.authorization?.startsWith("Bearer ") ? await bearer(deps, request.headers.authorization) : await signed(deps, request);
  if (!caller.account.root) throw new AdminError(403, "accessDenied", "only the root account administers");
  return {
    caller: { kind: "account", ...caller },
    capability: "admin",
    action: "amphora:Admin",
    signal: request.signal,
    deadlineMs: deps.clock.monotonicMs() + requestDeadlineMs,
  };
}

type RootCaller = { account: Account; accessKeyId: string };
const refused = (): never => {
  throw new AdminError(403, "notAuthenticated", "sign with the root key (SigV4, service s3), or send Authorization: Bearer <admin token>");
};

async function bearer({ core, adminToken }: AdminDeps, header: string): Promise<RootCaller> {
  const digest = (value: string): Buffer => createHash("sha256").update(value).digest();
  if (adminToken === "" || !timingSafeEqual(digest(header.slice("Bearer ".length)), digest(adminToken))) refused();
  const account = await core.identity.accountBy("name", "default" as TenantName, "root");
  return account ? { account, accessKeyId: "admin-token" } : refused();
}

async function signed({ core, clock }: AdminDeps, request: WireRequest): Promise<RootCaller> {
  // header only, SigV4 only, body covered: an admin link that can be passed on, or a body that can be exchanged, is not wanted
  if (!request.headers.authorization?.startsWith("AWS4-HMAC-SHA256")) refused();
  if (!/^[0-9a-f]{64}$/.test(request.headers["x-amz-content-sha256"] ?? "")) throw new AdminError(403, "notAuthenticated", "x-amz-content-sha256 must be the SHA-256 of the body");
  const { caller } = await authenticate({ clock, lookup: accessKeyLookup(core, clock), strictRegion: undefined }, request, serviceAddress);
  // A temporary key administers nothing, the root account's neither.
  return caller.kind === "account" && caller.session === undefined ? { account: caller.account, accessKeyId: caller.accessKeyId } : refused();
}

function resolve(request: WireRequest): { operation: AnyAdminOperation; path: Record<string, string> } {
  if (!request.rawPath.startsWith(`${prefix}/`)) throw new AdminError(404, "unknownPath", `the admin API is at ${prefix}`);
  const segments = request.rawPath.slice(prefix.length).split("/").map(decodeUri);
  let methods = 0;
  for (const operation of adminOperations) {
    const path = match(operation.path, segments);
    if (!path) continue;
    if (operation.method === request.method) return { operation, path };
    methods++;
  }
  throw methods > 0 ? new AdminError(405, "methodNotAllowed", `${request.method} is not for this path`) : new AdminError(404, "unknownPath", "no such path in the admin API");
}

function match(pattern: string, segments: readonly (string | undefined)[]): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  if (wanted.length !== segments.length) return undefined;
  const path = Object.create(null) as Record<string, string>;
  for (const [index, word] of wanted.entries()) {
    const segment = segments[index];
    if (word.startsWith(":")) {
      if (segment === undefined || segment === "") return undefined;
      path[word.slice(1)] = segment;
    } else if (segment !== word) return undefined;
  }
  return path;
}

async function readJson(request: WireRequest): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for (let chunk = await request.body.read(); chunk !== undefined; chunk = await request.body.read()) {
    size += chunk.length;
    if (size > bodyBytesMax) throw new AdminError(413, "entityTooLarge", `a body has at most ${bodyBytesMax} bytes`);
    chunks.push(Buffer.from(chunk));
  }
  const bytes = Buffer.concat(chunks, size);
  const announced = request.headers["x-amz-content-sha256"];
  if (announced !== undefined && createHash("sha256").update(bytes).digest("hex") !== announced)
    throw new AdminError(400, "digestMismatch", "the body is not the one that was signed");
  if (size === 0) return {};
  try {
    const value: unknown = parseStrictJson(bytes.toString("utf8"), { depthMax: bodyDepthMax });
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new AdminError(400, "invalidArgument", "the body is not a JSON object");
}
