/** An endpoint that is an Amphora empties and deletes a bucket in one step, for who may administer it. */
import { BucketNotEmpty, CloudError, NoSuchBucket } from "./errors.ts";
import { type Counts, noCounts } from "./sweep.ts";
import { placeOf, type Target } from "./target.ts";
import { createTransport } from "./transport.ts";

/** `token`: the admin token. `tenant`: of the bucket; default: `default`, or what an HCP endpoint's name begins with. `reason`: for the audit log. */
export type AmphoraAdmin = { token: string; tenant?: string | undefined; reason?: string | undefined };
type Asked = { admin?: AmphoraAdmin | undefined; signal?: AbortSignal | undefined };
type Usage = { objects: number; versions: number; markers: number; uploads: number; bytes: number };

/** What went into the trash; undefined: it is no Amphora, or does not let these keys: the slow way is open. Throws BucketNotEmpty when a lock forbids it. */
export async function askAmphora(target: Target, bucket: string, verb: "delete" | "empty", { admin, signal }: Asked): Promise<Counts | undefined> {
  if (admin === undefined) return undefined;
  const { origin, service } = placeOf(target);
  const transport = createTransport(target);
  try {
    const send = (method: string, path: string, body?: unknown) => {
      const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body), "utf8");
      // the token goes to who has shown to be an Amphora, and to nobody else
      const headers: Record<string, string> = bytes === undefined ? {} : { authorization: `Bearer ${admin.token}`, "content-type": "application/json" };
      return transport.send({ method, origin, path, headers: { host: origin.host, ...headers }, body: bytes }, signal);
    };
    const health = await send("GET", "/-/healthz").catch(() => undefined);
    signal?.throwIfAborted();
    if (health?.status !== 200 || health.body.toString("utf8") !== "ok\n") return undefined;
    const tenant = admin.tenant ?? (service === "hcp" ? origin.hostname.split(".")[0] : undefined);
    const path = `/-/admin/v1/buckets/${encodeURIComponent(bucket)}/${verb}${tenant === undefined ? "" : `?tenant=${encodeURIComponent(tenant)}`}`;
    const answer = await send("POST", path, { confirm: bucket, reason: admin.reason });
    const said = jsonOf(answer.body);
    if (answer.status < 300) return countsOf((said as { usage: Usage }).usage);
    const { code = "", message = `the server answered ${answer.status}` } = said as { code?: string; message?: string };
    const answered = { status: answer.status, code };
    if (code === "bucketMissing") throw new NoSuchBucket(message, answered);
    if (answer.status === 409) throw new BucketNotEmpty(message, { ...answered, blockers: { found: noCounts(), more: true, examples: [] } });
    if (code === "unknownPath" || code === "methodNotAllowed" || answer.status === 401 || answer.status === 403) return undefined;
    throw new CloudError(message, answered);
  } finally {
    transport.close();
  }
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8")) ?? {};
  } catch {
    return {};
  }
}
const countsOf = ({ objects, versions, markers, uploads, bytes }: Usage): Counts => ({ ...noCounts(), current: objects, noncurrent: versions, markers, uploads, bytes });
