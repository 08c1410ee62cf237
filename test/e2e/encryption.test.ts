/** Encryption as the disk and the operator see it: no plaintext in any file, and a master key that is never replaced. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Door, element, openDoor } from "../support/doors.ts";
import { newDataFolder, type Server, startServer } from "../support/server.ts";

const MIB = 1024 * 1024;
const sse = "x-amz-server-side-encryption";

/** Files of the data folder that hold any of these bytes. */
function filesWith(data: string, needles: Buffer[]): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(data, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    if (needles.some((needle) => bytes.includes(needle))) found.push(path);
  }
  return found;
}
/** A body in which any 32 bytes from the given places tell it from everything else. */
const needlesOf = (body: Buffer): Buffer[] => [0, body.length >> 1, body.length - 40].filter((at) => at >= 0).map((at) => body.subarray(at, at + 32));

async function multipart(door: Door, bucket: string, key: string, parts: Buffer[]): Promise<void> {
  const uploadId = element((await door.send({ method: "POST", bucket, key, query: { uploads: undefined } })).body, "UploadId");
  const etags: string[] = [];
  for (const [n, body] of parts.entries())
    etags.push(String((await door.send({ method: "PUT", bucket, key, query: { partNumber: String(n + 1), uploadId: uploadId ?? "" }, body })).headers.etag));
  const list = etags.map((etag, n) => `<Part><PartNumber>${n + 1}</PartNumber><ETag>${etag}</ETag></Part>`).join("");
  const done = await door.send({ method: "POST", bucket, key, query: { uploadId: uploadId ?? "" }, body: `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>` });
  assert.equal(done.status, 200, done.body.toString());
}

const openData = async (server: Server, visit: (s3: Door, oss: Door) => Promise<void>): Promise<void> => {
  const [s3, oss] = [openDoor("s3", server.port), openDoor("oss", server.port)];
  try {
    await visit(s3, oss);
  } finally {
    s3.close();
    oss.close();
  }
};

describe("Encryption on disk", () => {
  it("leaves no plaintext in any file, by default; what is not encrypted would be found; OSS reads it, but for a customer's key", async () => {
    const data = newDataFolder();
    const server = await startServer({ data, args: ["--default-encryption", "aes256"] });
    const bodies = [300, 5000, 3 * MIB].map((size) => randomBytes(size));
    const parts = [randomBytes(5 * MIB), randomBytes(MIB)];
    const key = randomBytes(32);
    const customer = {
      [`${sse}-customer-algorithm`]: "AES256",
      [`${sse}-customer-key`]: key.toString("base64"),
      [`${sse}-customer-key-md5`]: createHash("md5").update(key).digest("base64"),
    };
    const open = randomBytes(5000);
    try {
      await openData(server, async (s3, oss) => {
        assert.equal((await s3.send({ method: "PUT", bucket: "vault" })).status, 200);
        for (const [n, body] of bodies.entries()) {
          const put = await s3.send({ method: "PUT", bucket: "vault", key: `k${n}`, body });
          assert.equal(put.headers[sse], "AES256");
          assert.deepEqual((await s3.send({ method: "GET", bucket: "vault", key: `k${n}` })).body, body);
          assert.deepEqual((await oss.send({ method: "GET", bucket: "vault", key: `k${n}` })).body, body);
          const range = await s3.send({ method: "GET", bucket: "vault", key: `k${n}`, headers: { range: "bytes=100-199" } });
          assert.deepEqual([range.status, range.body], [206, body.subarray(100, 200)]);
        }
        // Written through OSS into the same bucket: its default holds there too.
        const viaOss = randomBytes(4000);
        await oss.send({ method: "PUT", bucket: "vault", key: "oss", body: viaOss });
        assert.equal((await s3.send({ method: "HEAD", bucket: "vault", key: "oss" })).headers[sse], "AES256");
        bodies.push(viaOss);
        await multipart(s3, "vault", "parts", parts);
        assert.deepEqual((await oss.send({ method: "GET", bucket: "vault", key: "parts" })).body, Buffer.concat(parts));
        const own = randomBytes(6000);
        await s3.send({ method: "PUT", bucket: "vault", key: "own", body: own, headers: customer });
        bodies.push(own);
        const refused = await oss.send({ method: "GET", bucket: "vault", key: "own" });
        assert.deepEqual([refused.status, element(refused.body, "Code")], [400, "InvalidRequest"]);
        await oss.send({ method: "PUT", bucket: "plain" });
        await oss.send({ method: "PUT", bucket: "plain", key: "k", body: open });
      });
    } finally {
      await server.stop();
    }
    const needles = [...bodies, ...parts].flatMap(needlesOf);
    assert.deepEqual(filesWith(data, needles), []);
    assert.deepEqual(filesWith(data, [key, Buffer.from(key.toString("base64"))]), []);
    assert.equal(filesWith(data, needlesOf(open)).length > 0, true, "the search finds what is not encrypted");
    rmSync(data, { recursive: true, force: true });
  });

  it("goes on with the master key it was begun with, from the file or the environment; without it, or with another, nothing starts and nothing is made", async () => {
    const data = newDataFolder();
    const file = join(data, "master-key");
    const start = (env: Record<string, string> = {}): Promise<Server> => startServer({ data, args: ["--default-encryption", "aes256"], env });
    const body = randomBytes(10_000);
    const first = await start();
    await openData(first, async (s3) => {
      await s3.send({ method: "PUT", bucket: "vault" });
      await s3.send({ method: "PUT", bucket: "vault", key: "k", body });
    });
    await first.stop();
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const text = readFileSync(file, "utf8");
    const reads = async (env: Record<string, string> = {}): Promise<void> => {
      const server = await start(env);
      await openData(server, async (s3) => assert.deepEqual((await s3.send({ method: "GET", bucket: "vault", key: "k" })).body, body));
      await server.stop();
    };
    await reads();
    renameSync(file, `${file}.away`);
    await assert.rejects(start(), /master-key is missing/);
    assert.equal(readdirSync(data).includes("master-key"), false);
    await assert.rejects(start({ AMPHORA_MASTER_KEY: randomBytes(32).toString("base64") }), /is not the master key/);
    await assert.rejects(start({ AMPHORA_MASTER_KEY: "short" }), /32 bytes/);
    await reads({ AMPHORA_MASTER_KEY: text.trim() });
    await reads({ AMPHORA_MASTER_KEY_FILE: `${file}.away` });
    writeFileSync(file, randomBytes(32).toString("hex"), { mode: 0o600 });
    await assert.rejects(start(), /is not the master key/);
    rmSync(data, { recursive: true, force: true });
  });
});
