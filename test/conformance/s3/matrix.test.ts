/** Every operation, however it is signed and whatever its payload says, refuses what is not signed right, and changes nothing. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { s3Operations } from "../../../src/dialects/s3/dialect.ts";
import { type Ask, main, openWorld, type World } from "../helper.ts";

const operations = (await s3Operations()).filter(({ route }) => route.method !== "OPTIONS");
const schemes = ["v4", "v2", "v4-url", "v2-url"] as const;
const payloads = ["hashed", "UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"] as const;

let world: World;
let uploadId = "";
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", target: "/matrix" });
  await world.ask({ method: "PUT", target: "/matrix/key", body: "kept" });
  await world.ask({ method: "PUT", target: "/matrix-2" });
  uploadId = /<UploadId>(\w+)</.exec((await world.ask({ method: "POST", target: "/matrix/upload?uploads" })).text)?.[1] ?? "";
});
after(() => world.close());

/** All that a request could have changed. */
async function fingerprint(): Promise<string> {
  const texts: string[] = [];
  for (const target of [
    "/",
    "/matrix?versions",
    "/matrix?uploads",
    "/matrix?acl",
    "/matrix?versioning",
    "/matrix/key?acl",
    `/matrix/upload?uploadId=${uploadId}`,
    "/matrix-2?versions",
  ]) {
    const answer = await world.ask({ method: "GET", target });
    assert.equal(answer.status, 200, target);
    texts.push(answer.text);
  }
  return texts.join("\n");
}

const values: Record<string, string> = { partNumber: "1", "list-type": "2" };
function requestOf({ route }: (typeof operations)[number], payload: (typeof payloads)[number]): Ask {
  const path = { service: "/", bucket: "/matrix", object: route.select?.includes("uploadId") ? "/matrix/upload" : "/matrix/key" }[route.target];
  const query = (route.select ?? []).map((name) => (name === "uploadId" ? `uploadId=${uploadId}` : `${name}=${values[name] ?? ""}`)).join("&");
  const writes = route.method === "PUT" || route.method === "POST";
  const data = "overwritten";
  const chunks = payload === "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
  const headers: Record<string, string> = {
    ...(route.header === undefined ? {} : { [route.header]: "/matrix/key" }),
    ...(writes && payload !== "hashed" ? { "x-amz-content-sha256": payload } : {}),
    ...(writes && chunks ? { "x-amz-decoded-content-length": String(data.length) } : {}),
  };
  const body = chunks ? `${data.length.toString(16)}\r\n${data}\r\n0\r\n\r\n` : data;
  return { method: route.method, target: query === "" ? path : `${path}?${query}`, headers, ...(writes ? { body } : {}) };
}

const attacks: [what: string, change: (ask: Ask) => Ask][] = [
  ["a wrong secret", (ask) => ({ ...ask, as: { ...main, secret: "wrong" } })],
  ["an unknown key", (ask) => ({ ...ask, as: { id: "nobody", secret: main.secret } })],
  [
    "another bucket's path",
    (ask) => ({
      ...ask,
      tamper: (request) => {
        request.target = request.target.startsWith("/matrix") ? request.target.replace("/matrix", "/matrix-2") : `/matrix-2${request.target.slice(1)}`;
      },
    }),
  ],
  [
    "another key",
    (ask) => ({
      ...ask,
      tamper: (request) => {
        request.target = request.target.replace(/^\/(matrix\/)?/, "/matrix/other-");
      },
    }),
  ],
  [
    "a header of the vendor's that nobody signed",
    (ask) => ({
      ...ask,
      tamper: ({ headers }) => {
        headers["x-amz-acl"] = "public-read-write";
      },
    }),
  ],
  [
    "a header of another vendor's that nobody signed",
    (ask) => ({
      ...ask,
      tamper: ({ headers }) => {
        headers["x-oss-object-acl"] = "public-read-write";
      },
    }),
  ],
];

describe("Signature matrix", () => {
  for (const operation of operations) {
    it(`${operation.name} (${operation.route.select?.join(", ") || "bare"}) refuses what is not signed right and changes nothing`, async () => {
      const before = await fingerprint();
      let tried = 0;
      for (const scheme of schemes) {
        const writes = operation.route.method === "PUT" || operation.route.method === "POST";
        for (const payload of writes ? payloads : payloads.slice(0, 1)) {
          for (const [what, change] of attacks) {
            const answer = await world.ask({ ...change(requestOf(operation, payload)), scheme });
            const told = `${scheme} ${payload} ${what}: ${answer.status} ${answer.text}`;
            assert.ok(answer.status === 403 || answer.status === 501 || answer.status === 400, told);
            if (what.endsWith("secret") || what.startsWith("another ")) assert.ok(operation.route.method === "HEAD" || answer.code === "SignatureDoesNotMatch", told);
            tried++;
          }
        }
      }
      assert.ok(tried >= schemes.length * attacks.length);
      assert.equal(await fingerprint(), before);
    });
  }
});
