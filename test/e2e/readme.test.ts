/** The README's first buckets, as they stand there: only the address, the data folder and the `npm run` in front of the command are changed. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { venv } from "../../tools/clients.ts";
import { must } from "../support/run.ts";
import { type Server, startServer } from "../support/server.ts";

const top = join(import.meta.dirname, "../..");
const readme = readFileSync(join(top, "README.md"), "utf8");
const blocks = [...readme.matchAll(/```(sh|python)\n([\s\S]*?)```/g)].map((match) => ({ language: match[1] ?? "", text: match[2] ?? "" }));
const block = (mark: string): string => {
  const found = blocks.find(({ text }) => text.includes(mark));
  assert.ok(found, `README has no block with ${mark}`);
  return found.text;
};

describe("the README", () => {
  let server: Server;
  let env: Record<string, string>;
  before(async () => {
    server = await startServer();
    const here = (text: string): string => adapt(text);
    const keys = (await must("sh", ["-c", `${here(block("export AK="))}\nprintf '%s %s' "$AK" "$SK"`])).split(" ");
    env = { AK: keys[0] ?? "", SK: keys[1] ?? "", PATH: `${join(venv, "bin")}:${process.env.PATH}` };
    assert.ok(env.AK && env.SK && env.AK.length >= 16 && env.SK.length >= 32);
  });
  after(() => server.stop());
  const adapt = (text: string): string => text.replaceAll("http://127.0.0.1:9000", server.endpoint).replaceAll("data/store/", `${server.data}/`);

  it("is under a page", () => {
    assert.ok(readme.split("\n").length <= 75, `${readme.split("\n").length} lines`);
  });
  it("oss2, then boto3 over the same data", async () => {
    assert.match(await must(join(venv, "bin/python"), ["-c", adapt(block("import os, oss2"))], { env }), /from OSS/);
    assert.match(await must(join(venv, "bin/python"), ["-c", adapt(block("import os, boto3"))], { env }), /from OSS/);
  });
  it("aws", async () => {
    assert.match(await must("sh", ["-ec", adapt(block("aws s3 mb"))], { env }), /remove_bucket: first-aws/);
  });
  it("an HCP account and a bucket the s3curl way", async () => {
    // Another tenant and user than the tests' own, so that it is these commands that make them.
    const others = (text: string): string => text.replaceAll("europe", "atlantis").replaceAll("lgreen", "reader").replaceAll("bGdyZWVu", Buffer.from("reader").toString("base64"));
    const commands = [...readme.matchAll(/npm run amphora -- ((?:tenant|account) create [^`]+)`/g)].map((match) => match[1] ?? "");
    assert.equal(commands.length, 2);
    for (const command of commands) await must(process.execPath, [join(top, "src/main.ts"), ...others(command).split(" "), "--data", server.data]);
    assert.match(await must("sh", ["-ec", others(adapt(block("openssl dgst")).replace("curl ", "curl -sS -i "))], { env }), /HTTP\/1\.1 200/);
  });
});
