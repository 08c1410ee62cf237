/** How keys are written in paths: every spelling of a key is that key, what another spelling would mean is another, and nothing is tidied up. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { xmlChildren, xmlChildText } from "../../../src/lib/xml-reader.ts";
import { openWorld, type World } from "../helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", target: "/keys" });
});
after(() => world.close());

const get = async (path: string) => (await world.ask({ method: "GET", target: `/keys/${path}` })).text;
const put = async (path: string, body: string) => (await world.ask({ method: "PUT", target: `/keys/${path}`, body })).status;
async function listed(): Promise<string[]> {
  const keys: string[] = [];
  for (let after = ""; ; ) {
    const page = (await world.ask({ method: "GET", target: `/keys?list-type=2&encoding-type=url&start-after=${encodeURIComponent(after)}` })).xml();
    const some = xmlChildren(page, "Contents").map((node) => decodeURIComponent(xmlChildText(node, "Key") ?? ""));
    if (some.length === 0) return keys;
    keys.push(...some);
    after = some.at(-1) ?? "";
  }
}

describe("keys in paths", () => {
  it("a plus is a plus, a blank is escaped, and escapes are of any case and of any character", async () => {
    for (const [n, path] of ["a+b", "a%20b", "a%2Fb", "a%252Fb", "%7Etilde", "%41%62c", "caf%C3%A9", "q%3Fuery", "h%23ash", "per%25cent"].entries())
      assert.equal(await put(path, String(n)), 200, path);
    const same: [string, string][] = [
      ["a%2Bb", "0"],
      ["a%2bb", "0"],
      ["%61+%62", "0"],
      ["a/b", "2"],
      ["a%2fb", "2"],
      ["~tilde", "4"],
      ["Abc", "5"],
      ["caf%c3%a9", "6"],
    ];
    for (const [path, body] of same) assert.equal(await get(path), body, path);
    assert.deepEqual((await listed()).sort(), ["Abc", "a b", "a%2Fb", "a+b", "a/b", "caf\u00e9", "h#ash", "per%cent", "q?uery", "~tilde"].sort());
  });

  it("slashes and dots stay as they stand", async () => {
    const paths = ["/", "//", "x//y", "x/", "x", "/x", ".", "..", "./x", "../x", "x/.", "x/..", "x/./y", "x/../y", "..%2fx%2f", "%2e%2e/z"];
    const before = (await listed()).length;
    for (const path of paths) assert.equal(await put(path, `body of ${path}`), 200, path);
    for (const path of paths) assert.equal(await get(path), `body of ${path}`);
    assert.equal((await listed()).length, before + paths.length);
  });

  it("1024 bytes of any script are a key, one more is none", async () => {
    for (const character of ["k", "\u00e9", "\u4e2d", "\u{1f600}", "\u{10ffff}"]) {
      const bytes = Buffer.byteLength(character);
      const key = character.repeat(Math.floor(1024 / bytes)) + "k".repeat(1024 % bytes);
      assert.equal(Buffer.byteLength(key), 1024);
      assert.equal(await put(encodeURIComponent(key), character), 200);
      assert.equal(await get(encodeURIComponent(key)), character);
      const tooLong = await world.ask({ method: "PUT", target: `/keys/${encodeURIComponent(`${key}k`)}`, body: "x" });
      assert.deepEqual([tooLong.status, tooLong.code], [400, "KeyTooLongError"]);
    }
  });

  it("what is no UTF-8, or no escape, is no key", async () => {
    for (const path of ["%ff", "%c0%af", "%ed%a0%80", "%f4%90%80%80", "%e4%b8", "%", "%4", "%zz", "%u0041"]) {
      const answer = await world.ask({ method: "PUT", target: `/keys/${path}`, body: "x" });
      assert.deepEqual([answer.status, answer.code], [400, "InvalidURI"], path);
    }
  });
});
