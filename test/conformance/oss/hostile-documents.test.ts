/** Documents that no reader may take, sent to every operation of OSS that reads one. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { loadOperations } from "../../../src/dialects/load-operations.ts";
import { documentsFor, isPolluted } from "../../support/hostile.ts";
import { openWorld, type World } from "./helper.ts";

const reading = (await loadOperations(new URL("../../../src/dialects/oss/operations/", import.meta.url))).filter(({ body }) => typeof body === "object");

describe("hostile documents through OSS", () => {
  let world: World;
  let uploadId = "";
  before(async () => {
    world = await openWorld();
    assert.equal((await world.ask({ method: "PUT", path: "/bucket/" })).status, 200);
    assert.equal((await world.ask({ method: "PUT", path: "/bucket/key", body: "kept" })).status, 200);
    uploadId = /<UploadId>(\w+)</.exec((await world.ask({ method: "POST", path: "/bucket/upload", query: { uploads: "" } })).text)?.[1] ?? "";
    assert.notEqual(uploadId, "");
  });
  after(() => world.close());

  assert.ok(reading.length >= 10);
  for (const { name, route } of reading) {
    it(`${name} refuses each in its own words and changes nothing`, async () => {
      const path = { service: "/", bucket: route.select === undefined ? "/another/" : "/bucket/", object: route.select?.includes("uploadId") ? "/bucket/upload" : "/bucket/key" }[
        route.target
      ];
      const query = Object.fromEntries(
        [...(route.select ?? []), ...(route.parameter === undefined ? [] : [route.parameter])].map((one) => [one, one === "uploadId" ? uploadId : ""]),
      );
      const headers: Record<string, string> = route.header === undefined ? {} : { [route.header]: "x" };
      const bodies = documentsFor(name);
      for (const body of bodies) {
        if (name === "PutBucket" && body.length === 0) continue;
        const answer = await world.ask({ method: route.method, path, query, headers, body });
        assert.ok(answer.status >= 400 && answer.status < 500 && answer.code !== undefined, `${String(body).slice(0, 60)}: ${answer.status} ${answer.text}`);
      }
      assert.ok(!isPolluted());
      assert.equal((await world.ask({ method: "GET", path: "/bucket/key" })).text, "kept");
      assert.equal((await world.ask({ method: "GET", path: "/another/" })).status, 404);
    });
  }
});
