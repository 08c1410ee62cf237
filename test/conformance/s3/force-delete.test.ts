import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Ask, alt, lgreen, openWorld, ram, type World } from "../helper.ts";

const minio = "x-minio-force-delete";
const own = "x-amz-amphora-purge";
const forced: Pick<Ask, "headers" | "signs"> = { headers: { [minio]: "true" }, signs: [minio] };
const purged: Pick<Ask, "headers"> = { headers: { [own]: "box" } };
const ways = { minio: forced, own: purged };

async function boxWorld(name: "s3" | "hcp" = "s3", forceDelete = true) {
  const world = await openWorld(name, { forceDelete });
  const ask = (method: string, target: string, more: Partial<Ask> = {}) => world.ask({ method, target, ...more });
  assert.equal((await ask("PUT", "/box")).status, 200);
  return { world, ask, status: async (method: string, target: string, more: Partial<Ask> = {}) => (await ask(method, target, more)).status };
}
type Box = Awaited<ReturnType<typeof boxWorld>>;
/** Versions, a marker, an open upload. */
async function fill({ ask, status }: Box): Promise<void> {
  const body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
  assert.equal(await status("PUT", "/box?versioning", { body }), 200);
  for (const key of ["a/1", "a/1", "a/2", "b", "b"]) assert.equal(await status("PUT", `/box/${key}`, { body: "x" }), 200);
  assert.equal(await status("DELETE", "/box/b"), 204);
  assert.equal((await ask("POST", "/box/a/up?uploads")).status, 200);
}
const versions = async ({ ask }: Box): Promise<string[]> => [...(await ask("GET", "/box?versions")).text.matchAll(/<Key>([^<]*)<\/Key>/g)].map((match) => match[1] ?? "");
const policy = (...statements: object[]): string => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const closing = async (world: World) => await world.close();

describe("Forced deletes", () => {
  for (const [name, way] of Object.entries(ways)) {
    it(`of a bucket take everything with it (${name}), and the name is free`, async () => {
      const box = await boxWorld();
      await fill(box);
      assert.equal((await box.ask("DELETE", "/box")).code, "BucketNotEmpty");
      assert.equal(await box.status("DELETE", "/box", way), 204);
      assert.equal((await box.ask("GET", "/box")).code, "NoSuchBucket");
      assert.equal(await box.status("PUT", "/box"), 200);
      assert.deepEqual(await versions(box), []);
      assert.equal(await box.status("DELETE", "/box", way), 204, "an empty one goes as it always does");
      assert.equal((await box.ask("DELETE", "/box", way)).code, "NoSuchBucket");
      await closing(box.world);
    });

    it(`of an object take every version under the prefix, markers and uploads (${name}), and nothing else`, async () => {
      const box = await boxWorld();
      await fill(box);
      assert.equal(await box.status("DELETE", "/box/a/", way), 204);
      assert.deepEqual(await versions(box), ["b", "b", "b"]);
      assert.ok(!(await box.ask("GET", "/box?uploads")).text.includes("<UploadId>"));
      assert.equal(await box.status("DELETE", "/box/none", way), 204);
      assert.equal((await box.ask("DELETE", "/box/b?versionId=null", way)).code, "InvalidRequest");
      assert.equal((await box.ask("DELETE", "/box/b", { ...way, headers: { ...way.headers, "if-match": "*" } })).code, "InvalidRequest");
      assert.equal(await box.status("DELETE", "/box/b", way), 204);
      assert.deepEqual(await versions(box), []);
      await closing(box.world);
    });
  }

  it("are not heard unless the server is told to: MinIO's header means nothing, ours is refused by name", async () => {
    const box = await boxWorld("s3", false);
    await fill(box);
    assert.equal((await box.ask("DELETE", "/box", forced)).code, "BucketNotEmpty");
    assert.equal(await box.status("DELETE", "/box/a/", forced), 204);
    assert.equal((await versions(box)).length, 7, "a marker for that very key");
    for (const target of ["/box", "/box/a/"])
      assert.deepEqual([(await box.ask("DELETE", target, purged)).code, await box.status("DELETE", target, purged)], ["NotImplemented", 501]);
    await closing(box.world);
  });

  it("are covered by the signature: V4, its URLs and V2; what was added, changed or sent by nobody is refused", async () => {
    const box = await boxWorld();
    await fill(box);
    const added = (name: string, value: string) => ({ tamper: ({ headers }: { headers: Record<string, string> }) => void (headers[name] = value) });
    for (const target of ["/box", "/box/a/"]) {
      for (const scheme of ["v4", "v4-url", "v2"] as const) {
        assert.equal(await box.status("DELETE", target, { scheme, ...added(minio, "true") }), 403, `${scheme}, added`);
        assert.equal(await box.status("DELETE", target, { scheme, ...added(own, "box") }), 403, `${scheme}, added`);
      }
      assert.equal(await box.status("DELETE", target, { headers: { [minio]: "false" }, signs: [minio], ...added(minio, "true") }), 403, "changed");
      for (const { headers = {} } of [forced, purged]) assert.equal(await box.status("DELETE", target, { headers, as: null }), 403, "nobody");
      assert.equal(await box.status("DELETE", target, { headers: { [minio]: "true" }, scheme: "v2" }), 403, "nothing of it stands under V2");
    }
    assert.equal((await versions(box)).length, 6);
    assert.equal(await box.status("DELETE", "/box/a/", { ...purged, scheme: "v2" }), 204);
    assert.equal(await box.status("DELETE", "/box", { ...forced, scheme: "v4-url" }), 204);
    await closing(box.world);
  });

  it("say what they mean: another bucket's name, a value that is none, a header on another operation", async () => {
    const box = await boxWorld();
    await fill(box);
    for (const target of ["/box", "/box/a/"]) {
      assert.equal((await box.ask("DELETE", target, { headers: { [own]: "other" } })).code, "InvalidArgument");
      assert.equal((await box.ask("DELETE", target, { headers: { [minio]: "yes" }, signs: [minio] })).code, "InvalidRequest");
    }
    assert.equal((await box.ask("DELETE", "/box", { headers: { [minio]: "false" }, signs: [minio] })).code, "BucketNotEmpty");
    assert.equal((await box.ask("PUT", "/box/k", { ...purged, body: "x" })).code, "NotImplemented");
    assert.equal((await box.ask("DELETE", "/box?policy", purged)).code, "NotImplemented");
    assert.equal((await versions(box)).length, 6);
    await closing(box.world);
  });

  it("are the owner's, and whom policies allow s3:ForceDeleteBucket; a denial binds the owner too", async () => {
    const box = await boxWorld();
    await fill(box);
    const resources = { Resource: ["arn:aws:s3:::box", "arn:aws:s3:::box/*"] };
    const everybody = { Effect: "Allow", Principal: "*", ...resources };
    for (const as of [alt, ram]) for (const target of ["/box", "/box/a/"]) assert.equal(await box.status("DELETE", target, { ...forced, as }), 403);
    await box.ask("PUT", "/box?policy", { body: policy({ ...everybody, Action: ["s3:DeleteBucket", "s3:DeleteObject*"] }) });
    for (const as of [alt, ram, null])
      for (const target of ["/box", "/box/a/"]) assert.equal(await box.status("DELETE", target, { ...purged, as }), 403, "deleting is not forcing");
    await box.ask("PUT", "/box?policy", { body: policy({ ...everybody, Action: "s3:*" }) });
    for (const target of ["/box", "/box/a/"]) assert.equal(await box.status("DELETE", target, { ...purged, as: null }), 403, "nobody forces anything");
    assert.equal(await box.status("DELETE", "/box/a/", { ...purged, as: alt }), 204);
    await box.ask("PUT", "/box?policy", { body: policy({ Effect: "Deny", Principal: "*", ...resources, Action: "s3:ForceDeleteBucket" }) });
    for (const target of ["/box", "/box/b"]) assert.equal(await box.status("DELETE", target, forced), 403);
    assert.equal((await versions(box)).length, 3);
    await box.ask("PUT", "/box?policy", { body: policy({ ...everybody, Action: ["s3:DeleteBucket", "s3:ForceDeleteBucket"] }) });
    assert.equal(await box.status("DELETE", "/box", { ...forced, as: ram }), 204);
    await closing(box.world);
  });

  it("are refused by what is locked, by its name, and nothing goes", async () => {
    const { world } = await boxWorld();
    const ask = (method: string, target: string, more: Partial<Ask> = {}) => world.ask({ method, target, ...more });
    assert.equal((await ask("PUT", "/held", { headers: { "x-amz-bucket-object-lock-enabled": "true" } })).status, 200);
    for (const key of ["a/1", "b"]) assert.equal((await ask("PUT", `/held/${key}`, { body: "x" })).status, 200);
    const held = await ask("PUT", "/held/a/held", { body: "x", headers: { "x-amz-object-lock-legal-hold": "ON" } });
    for (const target of ["/held", "/held/a/"]) {
      const refused = await ask("DELETE", target, { headers: { [own]: "held" } });
      assert.deepEqual([refused.status, refused.code], [403, "AccessDenied"]);
      assert.match(refused.text, /<Key>a\/held<\/Key>/);
      if (target === "/held") assert.ok(refused.text.includes(`<VersionId>${held.headers.get("x-amz-version-id")}</VersionId>`) || refused.text.includes("<VersionId>"));
    }
    assert.equal([...(await ask("GET", "/held?versions")).text.matchAll(/<Key>/g)].length, 3);
    assert.equal((await ask("DELETE", "/held/b", { headers: { [own]: "held" } })).status, 204, "what is not held goes");
    await closing(world);
  });

  it("are served through HCP as through S3, its own way of saying who one is included", async () => {
    const all: Pick<Ask, "headers" | "signs" | "scheme">[] = [forced, purged, { ...forced, scheme: "hcp" }, { ...purged, scheme: "v2" }];
    for (const way of all) {
      const box = await boxWorld("hcp");
      for (const key of ["a/1", "b"]) assert.equal(await box.status("PUT", `/box/${key}`, { body: "x", as: lgreen }), 200);
      const target = way.scheme === "hcp" ? "/hs3/box" : "/box";
      assert.equal(await box.status("DELETE", `${target}/a/`, way), 204);
      assert.equal((await box.ask("DELETE", target, way.scheme === undefined ? {} : { scheme: way.scheme })).code, "BucketNotEmpty");
      assert.equal(await box.status("DELETE", target, way), 204);
      assert.equal((await box.ask("GET", "/box")).code, "NoSuchBucket");
      await closing(box.world);
    }
  });
});
