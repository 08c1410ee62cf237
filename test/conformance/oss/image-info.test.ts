import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Answer, openWorld, other, type World } from "./helper.ts";

let world: World;
const ask = (
  method: string,
  path: string,
  query: Record<string, string> = {},
  body?: string | Uint8Array,
  more: { as?: typeof other | null; headers?: Record<string, string>; scheme?: "v1" | "v4-url" } = {},
) => world.ask({ method, path, query, ...(body === undefined ? {} : { body }), ...more });
const info = (key: string, process = "image/info", more: Parameters<typeof ask>[4] = {}) => ask("GET", `/pictures/${key}`, { "x-oss-process": process }, undefined, more);
const told = ({ status, code }: Answer) => [status, code];
const gif = Buffer.concat([Buffer.from("GIF89a"), Buffer.from([0x90, 1, 0x0b, 1]), Buffer.alloc(90)]);
before(async () => {
  world = await openWorld();
  await ask("PUT", "/pictures/");
  await ask("PUT", "/pictures/a.gif", {}, gif);
  await ask("PUT", "/pictures/text", {}, "no image");
});
after(() => world.close());

describe("GetObject with x-oss-process", () => {
  it("image/info tells size, format and dimensions, however it is signed", async () => {
    for (const scheme of [undefined, "v1", "v4-url"] as const) {
      const answer = await info("a.gif", "image/info", scheme ? { scheme } : {});
      assert.deepEqual(JSON.parse(answer.text), { FileSize: { value: "100" }, Format: { value: "gif" }, ImageHeight: { value: "267" }, ImageWidth: { value: "400" } });
      assert.deepEqual([answer.headers.get("content-type"), answer.headers.get("x-oss-hash-crc64ecma")], ["application/json", undefined]);
    }
  });

  it("refuses what is no image, what is not there, and who may not read it", async () => {
    assert.deepEqual(told(await info("text")), [400, "BadRequest"]);
    assert.deepEqual(told(await info("none")), [404, "NoSuchKey"]);
    assert.deepEqual(told(await info("a.gif", "image/info", { as: other })), [403, "AccessDenied"]);
    await ask("PUT", "/pictures/large", {}, Buffer.concat([gif, Buffer.alloc(20 * 1024 * 1024)]));
    assert.deepEqual(told(await info("large")), [400, "ImageTooLarge"]);
  });

  it("refuses by name what is not done, and what is no process as the vendor does", async () => {
    for (const process of ["image/resize,w_100", "image/crop,w_1,h_1/rotate,90", "style/small"])
      assert.deepEqual(told(await info("a.gif", process)), [501, "NotImplemented"], process);
    for (const process of ["", "image", "image/paint,red", "audio/info", "image/info/resize,w_1"])
      assert.deepEqual(told(await info("a.gif", process)), [400, "InvalidArgument"], process);
  });
});
