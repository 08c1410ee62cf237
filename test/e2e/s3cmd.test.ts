/** s3cmd beyond copies: sync with copies within the store, ACLs, policy, lifecycle, tags, metadata, a website, versions. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { venv } from "../../tools/clients.ts";
import { must, mustFail } from "../support/run.ts";
import { makeSamples, type Samples } from "../support/samples.ts";
import { main, type Server, startServer } from "../support/server.ts";

const altId = "b0b1b2b3b4b5b6b7b8b9c0c1c2c3c4c5c6c7c8c9d0d1d2d3d4d5d6d7d8d9e0e1";

describe("s3cmd", () => {
  let server: Server;
  let samples: Samples;
  const program = join(venv, "bin/s3cmd");
  const args = (words: string[]): string[] => ["-c", join(samples.folder, "s3cfg"), "--no-progress", ...words];
  const s3cmd = (...words: string[]): Promise<string> => must(program, args(words), { cwd: samples.folder });
  const refused = (words: RegExp, ...command: string[]): Promise<void> => mustFail(words, program, args(command), { cwd: samples.folder });
  const file = (name: string, text: string): string => {
    writeFileSync(join(samples.folder, name), text);
    return name;
  };
  const anonymous = async (key: string): Promise<number> => (await fetch(`${server.endpoint}/s3cmd-more/${key}`)).status;
  const matches = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

  before(async () => {
    server = await startServer();
    samples = makeSamples();
    const host = `127.0.0.1:${server.port}`;
    file(
      "s3cfg",
      `[default]\naccess_key = ${main.accessKeyId}\nsecret_key = ${main.secretAccessKey}\nhost_base = ${host}\nhost_bucket = ${host}\nuse_https = False\nmultipart_chunk_size_mb = 16\n`,
    );
    await s3cmd("mb", "s3://s3cmd-more");
  });
  after(async () => {
    samples?.remove();
    await server.stop();
  });

  it("sync: there, nothing to do, what left, what is there already under another name, and back", async () => {
    const there = "s3://s3cmd-more/dir/";
    assert.equal(matches(await s3cmd("sync", "in/", there), /^upload:/gm), samples.files.length);
    assert.equal(await s3cmd("sync", "in/", there), "");
    const less = await s3cmd("sync", "--delete-removed", "in/sub/", there);
    assert.deepEqual([matches(less, /^remote copy:/gm), matches(less, /^delete:/gm)], [2, samples.files.length]);
    await s3cmd("sync", "--delete-removed", "in/", there);
    mkdirSync(join(samples.folder, "back"));
    await s3cmd("sync", there, "back/");
    samples.cameBack(join(samples.folder, "back"));
    await s3cmd("sync", there, "s3://s3cmd-more/copy/");
    assert.match(await s3cmd("du", "s3://s3cmd-more/copy/"), new RegExp(`^ *${samples.totalBytes} +5 objects`));
  });

  it("setacl: public, private, granted by id and revoked, recursively", async () => {
    const key = "s3://s3cmd-more/dir/five.txt";
    await s3cmd("setacl", "--acl-public", key);
    assert.match(await s3cmd("info", key), /ACL: +\*anon\*: READ/);
    assert.equal(await anonymous("dir/five.txt"), 200);
    await s3cmd("setacl", "--acl-private", key);
    assert.equal(await anonymous("dir/five.txt"), 403);
    await s3cmd("setacl", `--acl-grant=read:${altId}`, key);
    assert.match(await s3cmd("info", key), /ACL: +alt: READ/);
    await s3cmd("setacl", `--acl-revoke=read:${altId}`, key);
    assert.doesNotMatch(await s3cmd("info", key), /alt: READ/);
    await s3cmd("setacl", "--acl-public", "--recursive", "s3://s3cmd-more/copy/");
    for (const name of ["five.txt", "sub/five-mib"]) assert.equal(await anonymous(`copy/${name}`), 200);
    assert.equal(await anonymous("dir/sub/five-mib"), 403);
  });

  it("setpolicy, setlifecycle, expire, setcors, payer", async () => {
    const bucket = "s3://s3cmd-more";
    const policy = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::s3cmd-more/dir/*" }] };
    await s3cmd("setpolicy", file("policy.json", JSON.stringify(policy)), bucket);
    assert.equal(await anonymous("dir/sub/five-mib"), 200);
    assert.ok((await s3cmd("info", bucket)).includes(JSON.stringify(policy)));
    await s3cmd("delpolicy", bucket);
    assert.equal(await anonymous("dir/sub/five-mib"), 403);
    const rule = "<Rule><ID>logs</ID><Prefix>logs/</Prefix><Status>Enabled</Status><Expiration><Days>3</Days></Expiration></Rule>";
    await s3cmd("setlifecycle", file("rules.xml", `<LifecycleConfiguration>${rule}</LifecycleConfiguration>`), bucket);
    assert.ok((await s3cmd("getlifecycle", bucket)).replace(/\s/g, "").includes(rule.replace(/\s/g, "")));
    await s3cmd("dellifecycle", bucket);
    await refused(/NoSuchLifecycleConfiguration/, "getlifecycle", bucket);
    await s3cmd("expire", "--expiry-days=30", "--expiry-prefix=old/", bucket);
    assert.match(await s3cmd("info", bucket), /objects with key prefix 'old\/' will expire in '30' day/);
    await refused(/MalformedXML/, "setlifecycle", file("wrong.xml", "<LifecycleConfiguration><Rule><Status>Maybe</Status></Rule></LifecycleConfiguration>"), bucket);
    const cors = "<CORSConfiguration><CORSRule><AllowedOrigin>http://a.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>";
    await s3cmd("setcors", file("cors.xml", cors), bucket);
    const preflight = { method: "OPTIONS", headers: { Origin: "http://a.example", "Access-Control-Request-Method": "GET" } };
    assert.equal((await fetch(`${server.endpoint}/s3cmd-more/x`, preflight)).headers.get("access-control-allow-origin"), "http://a.example");
    await s3cmd("delcors", bucket);
    await s3cmd("payer", "--requester-pays", bucket);
    assert.match(await s3cmd("info", bucket), /Payer: +Requester/);
  });

  it("tags, modify, signurl, website, versions, del and rb", async () => {
    const [bucket, key] = ["s3://s3cmd-more", "s3://s3cmd-more/dir/five.txt"];
    for (const target of [bucket, key]) {
      await s3cmd("settagging", target, "team=store&k=v");
      assert.match(await s3cmd("gettagging", target), /team:\s+store\n\s+k:\s+v/);
    }
    await s3cmd("modify", "--add-header=x-amz-meta-kind:flow", "--mime-type=text/x", key);
    assert.match(await s3cmd("info", key), /MIME type: text\/x[\s\S]*x-amz-meta-kind: flow/);
    assert.match(await s3cmd("gettagging", key), /team:\s+store/, "a copy over itself keeps the tags");
    await s3cmd("modify", "--add-header=x-amz-meta-kind:flow", "s3://s3cmd-more/dir/large");
    await s3cmd("get", "s3://s3cmd-more/dir/large", "large");
    assert.ok(samples.bytes("large").equals(samples.bytes("in/large")));
    assert.equal(await (await fetch((await s3cmd("signurl", key, "+60")).trim())).text(), "five\n");
    await s3cmd("ws-create", bucket);
    assert.match(await s3cmd("ws-info", bucket), /Index document: +index.html/);
    await s3cmd("ws-delete", bucket);
    await s3cmd("setversioning", bucket, "enable");
    assert.match(await s3cmd("info", bucket), /Versioning: ?Enabled/);
    await s3cmd("mv", key, "s3://s3cmd-more/moved");
    await refused(/404/, "info", key);
    await s3cmd("del", "--recursive", "--force", bucket);
    await refused(/BucketNotEmpty/, "rb", bucket);
  });
});
