/**
 * Every operation x every way to sign x every way to get it wrong: refused, and nothing is stored, changed or deleted. The operations come from
 * the declarations, so one that is added is tried too.
 */
import assert from "node:assert/strict";
import { Agent } from "node:http";
import { after, before, describe, it } from "node:test";
import { loadOperations } from "../../src/dialects/load-operations.ts";
import type { AnyOperation } from "../../src/dialects/operation.ts";
import { type DoorRequest, element, type Key, openDoor, send } from "../support/doors.ts";
import { main, type Server, startServer } from "../support/server.ts";
import { type Signer, signers } from "../support/signers.ts";

const operations: Record<"s3" | "oss", AnyOperation<unknown>[]> = {
  s3: await loadOperations(new URL("../../src/dialects/s3/operations/", import.meta.url)),
  oss: await loadOperations(new URL("../../src/dialects/oss/operations/", import.meta.url)),
};
const bucket = "matrix";
/** Payload modes of S3 besides the plain one; the others say nothing about their body. */
const payloads: Record<string, Record<string, string>> = {
  plain: {},
  unsigned: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
  "signed chunks": { "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "x-amz-decoded-content-length": "4" },
  "signed trailer": { "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "x-amz-decoded-content-length": "4", "x-amz-trailer": "x-amz-checksum-crc32" },
  "unsigned trailer": { "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-decoded-content-length": "4", "x-amz-trailer": "x-amz-checksum-crc32" },
};
const uploadParameters = (uploadId: string): Record<string, string> => ({ uploadId, partNumber: "1", versionId: "null", "list-type": "2" });

function requestOf(op: AnyOperation<unknown>, uploadId: string): DoorRequest {
  const query: Record<string, string | undefined> = {};
  for (const name of op.route.select ?? []) query[name] = uploadParameters(uploadId)[name];
  const request: DoorRequest = { method: op.route.method, query, headers: {} };
  if (op.route.target !== "service") request.bucket = bucket;
  if (op.route.target === "object") request.key = "k";
  if (op.route.header) request.headers = { [op.route.header]: `/${bucket}/k` };
  if (op.body !== undefined && op.body !== "none") request.body = "body";
  return request;
}

type Wrong = { name: string; of(request: DoorRequest, signer: Signer, host: string): DoorRequest };
const wrongs: Wrong[] = [
  { name: "wrong secret", of: (request, signer, host) => signed(request, signer, { ...main, secretAccessKey: `${main.secretAccessKey}x` }, host) },
  { name: "unknown key", of: (request, signer, host) => signed(request, signer, { ...main, accessKeyId: "nobodyknowsme" }, host) },
  { name: "empty secret", of: (request, signer, host) => signed(request, signer, { ...main, secretAccessKey: "" }, host) },
  {
    name: "replayed on another path",
    of: (request, signer, host) => {
      const good = signed({ ...request, bucket: "another", ...(request.key === undefined ? {} : { key: "other" }) }, signer, main, host);
      return { ...good, ...(request.bucket === undefined ? { bucket } : { bucket: request.bucket }), ...(request.key === undefined ? {} : { key: request.key }) };
    },
  },
  {
    name: "replayed with another method",
    of: (request, signer, host) => ({ ...signed({ ...request, method: request.method === "DELETE" ? "GET" : "DELETE" }, signer, main, host), method: request.method }),
  },
  {
    name: "a vendor header that is not signed",
    of: (request, signer, host) => {
      const good = signed(request, signer, main, host);
      return { ...good, headers: { ...good.headers, [signer.dialect === "oss" ? "x-oss-object-acl" : "x-amz-acl"]: "public-read" } };
    },
  },
  {
    name: "a header of the other dialect",
    of: (request, signer, host) => {
      const good = signed(request, signer, main, host);
      return { ...good, headers: { ...good.headers, [signer.dialect === "oss" ? "x-amz-acl" : "x-oss-object-acl"]: "public-read" } };
    },
  },
];
function signed(request: DoorRequest, signer: Signer, key: Key, host: string): DoorRequest {
  const { query, headers } = signer.sign(request, key, host);
  return { ...request, query, headers };
}

describe("signature matrix", () => {
  let server: Server;
  let uploadId = "";
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const state = async (): Promise<string> => {
    const door = openDoor("s3", server.port, main);
    const asks: DoorRequest[] = [
      { method: "GET" },
      ...[undefined, "acl", "versioning", "versions", "uploads"].map((name) => ({ method: "GET", bucket, query: name === undefined ? {} : { [name]: undefined } })),
      { method: "GET", bucket, key: "k" },
      { method: "GET", bucket, key: "k", query: { acl: undefined } },
      { method: "GET", bucket, key: "k", query: { uploadId } },
    ];
    const answers: string[] = [];
    for (const ask of asks) answers.push((await door.send(ask)).body.toString());
    door.close();
    return answers.join("\n");
  };
  before(async () => {
    server = await startServer();
    const door = openDoor("s3", server.port, main);
    await door.send({ method: "PUT", bucket });
    await door.send({ method: "PUT", bucket, key: "k", body: "kept" });
    uploadId = element((await door.send({ method: "POST", bucket, key: "k", query: { uploads: undefined } })).body, "UploadId") ?? "";
    assert.equal((await door.send({ method: "PUT", bucket, key: "k", query: { uploadId, partNumber: "1" }, body: "part" })).status, 200);
    door.close();
  });
  after(async () => {
    agent.destroy();
    await server.stop();
  });

  for (const signer of signers) {
    it(`${signer.name}: everything wrong is refused, nothing changes`, async () => {
      const host = `127.0.0.1:${server.port}`;
      const before = await state();
      let tried = 0;
      const modes = signer.name === "S3 SigV4 header" ? payloads : { plain: {} };
      for (const op of operations[signer.dialect === "hcp" ? "s3" : signer.dialect]) {
        for (const [mode, headers] of Object.entries(modes)) {
          if (mode !== "plain" && op.body === undefined) continue;
          const request = requestOf(op, uploadId);
          request.headers = { ...request.headers, ...headers };
          for (const wrong of wrongs) {
            if (request.bucket === undefined && wrong.name.startsWith("replayed on")) continue;
            const bad = wrong.of(request, signer, host);
            const answer = await send(agent, server.port, bad, host, bad.headers ?? {});
            tried++;
            assert.ok(
              (answer.status >= 400 && answer.status < 500) || answer.status === 501,
              `${op.name} with ${wrong.name}, ${mode}: ${answer.status} ${answer.body.toString().slice(0, 300)}`,
            );
          }
        }
      }
      assert.ok(tried > 100, `only ${tried} requests`);
      assert.equal(await state(), before);
    });
    it(`${signer.name}: the same requests signed well are not refused for their signature`, async () => {
      const host = `127.0.0.1:${server.port}`;
      const ops = operations[signer.dialect === "hcp" ? "s3" : signer.dialect].filter((op) => op.route.method === "GET" || op.route.method === "HEAD");
      for (const op of ops) {
        const good = signed(requestOf(op, uploadId), signer, main, host);
        const answer = await send(agent, server.port, good, host, good.headers ?? {});
        assert.notEqual(answer.status, 403, `${op.name}: ${answer.body}`);
      }
    });
  }
});
