/** Jobs, lifecycles, purges and the trash as an operator meets them: the server as a process, the admin API, the command line. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Door, elements, openDoor } from "../support/doors.ts";
import { run } from "../support/run.ts";
import { type Server, startServer } from "../support/server.ts";

type Json = Record<string, unknown>;
let server: Server;
let door: Door;
let token = "";

async function admin(path: string, body?: Json): Promise<{ status: number; json: Json }> {
  const response = await fetch(`${server.endpoint}/-/admin/v1${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { Authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: text === "" ? {} : (JSON.parse(text) as Json) };
}
const put = async (bucket: string, key: string, body = "x"): Promise<void> => assert.equal((await door.send({ method: "PUT", bucket, key, body: Buffer.from(body) })).status, 200);
const keysOf = async (bucket: string): Promise<string[]> => elements((await door.send({ method: "GET", bucket })).body, "Key");
async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (let turn = 0; turn < 200; turn++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return assert.fail(`not within 20 s: ${what}`);
}
const jobOver = (id: unknown): Promise<Json> =>
  until(`job ${String(id)} ends`, async () => {
    const { json } = await admin(`/jobs/${String(id)}`);
    return ["done", "failed", "cancelled"].includes(json.state as string) ? json : undefined;
  });

before(async () => {
  server = await startServer({ args: ["--lifecycle-day", "2", "--background-share", "80"] });
  door = openDoor("s3", server.port);
  token = (JSON.parse(readFileSync(join(server.data, "root-credentials.json"), "utf8")) as { adminToken: string }).adminToken;
});
after(async () => {
  door.close();
  assert.equal(await server.stop(), 0);
});

describe("an operator", () => {
  it("watches a purge end through its events, and finds it among those that ended", async () => {
    await door.send({ method: "PUT", bucket: "purged" });
    for (let n = 0; n < 30; n++) await put("purged", `${n % 2 === 0 ? "tmp" : "kept"}/${n}`);
    const dry = await admin("/buckets/purged/purge?tenant=europe", { prefix: "tmp/", dryRun: true });
    assert.equal(dry.status, 201);
    assert.deepEqual(((await jobOver(dry.json.id)).result as Json).found, { current: 15, noncurrent: 0, markers: 0, uploads: 0, binned: 0 });
    assert.equal((await admin("/buckets/purged/purge?tenant=europe", { prefix: "tmp/" })).status, 400, "the name is to be said");
    const started = await admin("/buckets/purged/purge?tenant=europe", { prefix: "tmp/", confirm: "purged", reason: "a test" });
    const events = await fetch(`${server.endpoint}/-/admin/v1/jobs/${String(started.json.id)}/events`, { headers: { Authorization: `Bearer ${token}` } });
    assert.equal(events.headers.get("content-type"), "text/event-stream");
    // The stream ends with the job.
    const told = [...(await events.text()).matchAll(/^event: job\ndata: (.*)$/gm)].map((match) => JSON.parse(match[1] as string) as Json);
    assert.equal(told.at(-1)?.state, "done");
    assert.equal((told.at(-1)?.counts as Json | undefined)?.acted, 15);
    assert.equal((await keysOf("purged")).length, 15);
    const { jobs } = (await admin("/jobs?list=ended")).json as { jobs: Json[] };
    assert.ok(jobs.some(({ id, reason, by }) => id === started.json.id && reason === "a test" && by === "root (admin-token)"));
    assert.match(server.log(), new RegExp(`"event":"audit","what":"job.done","job":"${String(started.json.id)}"`));
    const metrics = await (await fetch(`${server.endpoint}/-/metrics`)).text();
    assert.match(metrics, /^amphora_jobs_acted_total 15$/m);
    assert.match(metrics, /^amphora_jobs\{state="running"\} 0$/m);
  });

  it("sees every job change on one stream, which ends with the client", async () => {
    const stop = new AbortController();
    const events = await fetch(`${server.endpoint}/-/admin/v1/job-events`, { headers: { Authorization: `Bearer ${token}` }, signal: stop.signal });
    const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
    assert.match((await reader?.read())?.value ?? "", /^event: job\ndata: /);
    const { json } = await admin("/buckets/purged/purge?tenant=europe", { dryRun: true });
    for (let seen = ""; !seen.includes(json.id as string); ) seen += (await reader?.read())?.value ?? assert.fail("the stream ended");
    stop.abort();
  });

  it("has a bucket gone at once, and back under another name", async () => {
    await door.send({ method: "PUT", bucket: "whole" });
    for (let n = 0; n < 5; n++) await put("whole", `k${n}`, "x".repeat(5_000));
    const created = await door.send({ method: "POST", bucket: "whole", key: "k", query: { uploads: undefined } });
    assert.equal(created.status, 200);
    const dry = await admin("/buckets/whole/delete?tenant=europe", { dryRun: true });
    assert.deepEqual([(dry.json.usage as Json).objects, (dry.json.usage as Json).uploads, dry.json.locked], [5, 1, undefined]);
    assert.equal((await keysOf("whole")).length, 5);
    const gone = await admin("/buckets/whole/delete?tenant=europe", { confirm: "whole" });
    assert.equal((await door.send({ method: "GET", bucket: "whole" })).status, 404);
    const { trashed } = (await admin("/trash")).json as { trashed: Json[] };
    assert.deepEqual([trashed.length, trashed[0]?.name, trashed[0]?.generation, (trashed[0]?.usage as Json | undefined)?.bytes], [1, "whole", gone.json.generation, 25_000]);
    assert.equal((await door.send({ method: "PUT", bucket: "whole" })).status, 200, "its name is free");
    const taken = await admin(`/trash/${String(gone.json.generation)}/restore`, {});
    assert.deepEqual([taken.status, (taken.json.detail as Json).free], [409, "whole-restored"]);
    assert.equal((await admin(`/trash/${String(gone.json.generation)}/restore`, { bucket: "whole-2" })).status, 200);
    assert.equal((await door.send({ method: "GET", bucket: "whole-2", key: "k3" })).body.length, 5_000);
    assert.equal((await admin("/buckets/whole-2/empty?tenant=europe", { confirm: "whole-2" })).status, 200);
    assert.deepEqual(await keysOf("whole-2"), []);
    assert.equal((await door.send({ method: "DELETE", bucket: "whole-2" })).status, 204);
  });

  it("asks what keeps a bucket from being deleted, and is told what to do", async () => {
    const ask = (...args: string[]) =>
      run(process.execPath, [join(import.meta.dirname, "../../src/main.ts"), "explain", "delete", ...args, "--tenant", "europe", "--data", server.data]);
    await door.send({ method: "PUT", bucket: "blocked" });
    assert.deepEqual([(await ask("blocked")).code, (await ask("blocked")).stdout], [0, "Nothing keeps blocked from being deleted: amphora rb blocked\n"]);
    await door.send({ method: "POST", bucket: "blocked", key: "half", query: { uploads: undefined } });
    assert.match((await ask("blocked")).stdout, /can be deleted through S3.*\n {2}1 unfinished upload with 0 parts, 0 B\n {4}upload half \(/);
    await put("blocked", "k", "xyz");
    const { code, stdout } = await ask("blocked");
    assert.equal(code, 1);
    assert.match(stdout, /^blocked cannot be deleted through any API\.\n {2}1 object; 3 B in all\n {4}object k \(version null, 20/);
    const json = JSON.parse((await ask("blocked", "--json")).stdout) as Json;
    assert.deepEqual([json.objects, json.uploads, json.bytes, json.blocks], [1, 1, 3, { openUploadsEnd: true, openUploadsRefuse: true }]);
    assert.match((await ask("nothing")).stderr, /bucket missing/);
    assert.match((await ask()).stderr, /usage: amphora explain delete/);
  });

  it("sets rules and sees them carried out in short days, in its report and in what answers promise", async () => {
    await door.send({ method: "PUT", bucket: "ruled" });
    const rules = `<LifecycleConfiguration><Rule><ID>r</ID><Status>Enabled</Status><Filter><Prefix>tmp/</Prefix></Filter><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>`;
    assert.equal((await door.send({ method: "PUT", bucket: "ruled", query: { lifecycle: undefined }, body: Buffer.from(rules) })).status, 200);
    const wrote = await door.send({ method: "PUT", bucket: "ruled", key: "tmp/a", body: Buffer.from("x") });
    const promised = Date.parse(/expiry-date="([^"]+)"/.exec(String(wrote.headers["x-amz-expiration"]))?.[1] ?? "");
    assert.ok(Math.abs(promised - Date.now() - 2_000) < 3_000, "the date follows the short day");
    await put("ruled", "kept/a");
    await until("the object ends", async () => ((await keysOf("ruled")).length === 1 ? true : undefined));
    assert.deepEqual(await keysOf("ruled"), ["kept/a"]);
    const acted = await until("the report", async () => {
      const { json } = await admin("/buckets/ruled/lifecycle?tenant=europe");
      return json.lastRun === undefined ? undefined : json;
    });
    assert.ok((acted.nextMs as number) > (acted.lastRun as Json as { endedMs: number }).endedMs);
    assert.match(server.log(), /"what":"job.done","job":"lifecycle-[0-9a-f]{24}","kind":"lifecycle","tenant":"europe","bucket":"ruled","by":"server"/);
  });
});
