/** The two documents this project began with: their samples, unchanged but for endpoint, keys and bucket, and every outcome they name. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { venv } from "../../tools/clients.ts";
import { hcpCurl } from "../support/hcp-curl.ts";
import { must } from "../support/run.ts";
import { main, ram, type Server, startServer } from "../support/server.ts";

const pblack = { accessKeyId: Buffer.from("pblack").toString("base64"), secretAccessKey: "76e203568a5a1d2fe199e9dd39d00652" };

describe("seed 1: deleting a bucket with oss2", () => {
  let server: Server;
  let folder: string;
  before(async () => {
    server = await startServer();
    folder = mkdtempSync(join(tmpdir(), "amphora-seed-"));
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server.stop();
  });
  /** The sample with its three placeholders filled in, and nothing else. */
  async function sample(bucket: string, key = main): Promise<string> {
    const text = readFileSync(join(import.meta.dirname, "programs/delete_bucket_oss2.py"), "utf8")
      .replace("<yourAccessKeyId>", key.accessKeyId)
      .replace("<yourAccessKeySecret>", key.secretAccessKey)
      .replace("http://oss-cn-hangzhou.aliyuncs.com", server.endpoint)
      .replace("<yourBucketName>", bucket);
    const file = join(folder, "sample.py");
    writeFileSync(file, text);
    return must(join(venv, "bin/python"), [file]);
  }
  const oss2 = (lines: string): Promise<string> =>
    must(join(venv, "bin/python"), [
      "-c",
      `import oss2\nb = oss2.Bucket(oss2.Auth('${main.accessKeyId}', '${main.secretAccessKey}'), '${server.endpoint}', 'seed-bucket')\n${lines}`,
    ]);

  it("prints that a missing bucket does not exist", async () => {
    assert.equal(await sample("seed-bucket"), "bucket does not exist\n");
  });
  it("prints that a bucket with an object is not empty, and changes nothing", async () => {
    await oss2("b.create_bucket()\nb.put_object('a', 'x')");
    assert.equal(await sample("seed-bucket"), "bucket is not empty.\n");
    assert.equal(await oss2("print(b.get_object('a').read().decode())"), "x\n");
  });
  it("prints that a bucket with an unfinished upload is not empty", async () => {
    await oss2("b.delete_object('a')\nb.init_multipart_upload('a')");
    assert.equal(await sample("seed-bucket"), "bucket is not empty.\n");
  });
  it("deletes once objects and fragments are listed and removed as the document says; then it does not exist", async () => {
    await oss2("for o in oss2.ObjectIterator(b): b.delete_object(o.key)\nfor u in oss2.MultipartUploadIterator(b): b.abort_multipart_upload(u.key, u.upload_id)");
    assert.equal(await sample("seed-bucket"), "");
    assert.equal(await sample("seed-bucket"), "bucket does not exist\n");
  });
  it("raises AccessDenied for a RAM user without rights", async () => {
    await oss2("b.create_bucket()");
    await assert.rejects(sample("seed-bucket", ram), /AccessDenied/);
    await oss2("b.delete_bucket()");
  });
});

describe("seed 2: deleting a bucket with the HCP S3 compatible API", () => {
  let server: Server;
  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());
  const tenant = "europe.hcp.example.com";
  const vhost = (method: string, bucket: string, path = "/", extra: Partial<Parameters<typeof hcpCurl>[0]> = {}): ReturnType<typeof hcpCurl> =>
    hcpCurl({ method, port: server.port, host: `${bucket}.${tenant}`, path, resource: `/${bucket}${path}`, ...extra });
  const byPath = (method: string, path: string, extra: Partial<Parameters<typeof hcpCurl>[0]> = {}): ReturnType<typeof hcpCurl> =>
    hcpCurl({ method, port: server.port, host: tenant, path, resource: path, ...extra });

  it("204 by virtual host, then 404 NoSuchBucket", async () => {
    assert.equal((await vhost("PUT", "sales-mktg")).status, 200);
    const deleted = await vhost("DELETE", "sales-mktg");
    assert.equal(deleted.status, 204);
    assert.equal(deleted.body, "");
    assert.match(deleted.headers, /^Date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r?$/im);
    const gone = await vhost("DELETE", "sales-mktg");
    assert.equal(gone.status, 404);
    assert.match(gone.body, /<Code>NoSuchBucket<\/Code>.*<BucketName>sales-mktg<\/BucketName>/s);
  });
  it("204 by path, with the date as the sample writes it (full month name, +0000) and in upper case host", async () => {
    assert.equal((await byPath("PUT", "/sales-mktg")).status, 200);
    const now = new Date();
    const month = now.toLocaleString("en-US", { month: "long", timeZone: "UTC" });
    const date = now
      .toUTCString()
      .replace(/(\d\d) \w{3} /, `$1 ${month} `)
      .replace("GMT", "+0000");
    assert.equal((await byPath("DELETE", "/sales-mktg", { date, host: "Europe.HCP.example.com" })).status, 204);
  });
  it("409 BucketNotEmpty while it holds an object; nothing is deleted", async () => {
    await vhost("PUT", "sales-mktg");
    assert.equal((await vhost("PUT", "sales-mktg", "/a", { body: "x" })).status, 200);
    const refused = await vhost("DELETE", "sales-mktg");
    assert.equal(refused.status, 409);
    assert.match(refused.body, /<Code>BucketNotEmpty<\/Code>/);
    assert.equal((await vhost("GET", "sales-mktg", "/a")).body, "x");
    assert.equal((await vhost("DELETE", "sales-mktg", "/a")).status, 204);
  });
  it("403 for who is not the owner, for a wrong secret, for nobody, and for another tenant's user", async () => {
    for (const extra of [{ key: pblack }, { key: { accessKeyId: "bGdyZWVu", secretAccessKey: "0".repeat(32) } }, { authorization: "AWS all_users:" }, { key: main }]) {
      const refused = await vhost("DELETE", "sales-mktg", "/", extra);
      assert.equal(refused.status, 403, JSON.stringify(extra));
    }
    assert.equal((await vhost("HEAD", "sales-mktg")).status, 200);
    assert.equal((await vhost("DELETE", "sales-mktg")).status, 204);
  });
});
