import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openWorld, type World } from "./helper.ts";

let world: World;
type More = { tls?: "1.2" | "1.3" };
const ask = (method: string, path: string, query: Record<string, string> = {}, body?: string, more: More = {}) =>
  world.ask({ method, path, query, ...(body === undefined ? {} : { body }), ...more });
before(async () => {
  world = await openWorld();
  await ask("PUT", "/strict/");
  await ask("PUT", "/strict/k", {}, "hello");
});
after(() => world.close());

const text = (enable: boolean, versions: string[]): string =>
  `<HttpsConfiguration><TLS><Enable>${enable}</Enable>${versions.map((version) => `<TLSVersion>${version}</TLSVersion>`).join("")}</TLS></HttpsConfiguration>`;
const put = (body: string, more: More = {}) => ask("PUT", "/strict/", { httpsConfig: "" }, body, more);

describe("PutBucketHttpsConfig", () => {
  it("lets in the TLS versions it names, and plain connections, until it is switched off", async () => {
    const seen = async () => [
      (await ask("GET", "/strict/k")).status,
      (await ask("GET", "/strict/k", {}, undefined, { tls: "1.2" })).status,
      (await ask("GET", "/strict/k", {}, undefined, { tls: "1.3" })).status,
    ];
    assert.deepEqual(await seen(), [200, 200, 200]);
    assert.equal((await put(text(true, ["TLSv1.3"]))).status, 200);
    assert.deepEqual(await seen(), [200, 403, 200]);
    for (const [method, path] of [
      ["PUT", "/strict/new"],
      ["GET", "/strict/"],
      ["DELETE", "/strict/k"],
    ] as const)
      assert.equal((await ask(method, path, {}, undefined, { tls: "1.2" })).code, "AccessDenied", method);
    assert.equal((await put(text(true, ["TLSv1.2", "TLSv1.3"]), { tls: "1.2" })).code, "AccessDenied");
    assert.equal((await put(text(true, ["TLSv1.2", "TLSv1.3"]), { tls: "1.3" })).status, 200);
    assert.deepEqual(await seen(), [200, 200, 200]);
    await put(text(true, ["TLSv1.0"]));
    assert.deepEqual(await seen(), [200, 403, 403]);
    assert.equal((await put(text(false, []))).status, 200);
    assert.deepEqual(await seen(), [200, 200, 200]);
  });
});
