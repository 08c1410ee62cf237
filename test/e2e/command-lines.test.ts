/** The command lines people have: aws, s3cmd (SigV2 and V4), rclone as Alibaba, Other and HCP. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { venv } from "../../tools/clients.ts";
import { must, mustFail } from "../support/run.ts";
import { lgreen, main, type Server, startServer } from "../support/server.ts";

const MIB = 1024 * 1024;
const tool = (name: string): string => join(venv, "bin", name);

describe("command lines against the server", () => {
  let server: Server;
  let folder: string;
  before(async () => {
    server = await startServer();
    folder = mkdtempSync(join(tmpdir(), "amphora-cli-"));
    mkdirSync(join(folder, "in/sub"), { recursive: true });
    writeFileSync(join(folder, "in/empty"), "");
    writeFileSync(join(folder, "in/sub/five"), Buffer.alloc(5 * MIB, "five"));
    writeFileSync(join(folder, "in/big"), Buffer.alloc(64 * MIB, "sixty-four"));
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server.stop();
  });
  const same = (a: string, b: string): void => assert.ok(readFileSync(a).equals(readFileSync(b)), `${b} differs from ${a}`);

  it("aws: mb, cp, ls, sync, refused rb, rm, rb", async () => {
    const env = { AWS_ACCESS_KEY_ID: main.accessKeyId, AWS_SECRET_ACCESS_KEY: main.secretAccessKey, AWS_ENDPOINT_URL: server.endpoint, AWS_DEFAULT_REGION: "us-east-1" };
    const aws = (...args: string[]): Promise<string> => must(tool("aws"), args, { env });
    await aws("s3", "mb", "s3://aws-cli");
    await aws("s3", "cp", "--recursive", "--quiet", join(folder, "in"), "s3://aws-cli/in/");
    assert.match(await aws("s3", "ls", "--recursive", "s3://aws-cli"), /67108864 in\/big\n.* 0 in\/empty\n.*5242880 in\/sub\/five/);
    await aws("s3", "cp", "--quiet", "s3://aws-cli/in/big", join(folder, "aws-big"));
    same(join(folder, "in/big"), join(folder, "aws-big"));
    await aws("s3", "cp", "--quiet", "s3://aws-cli/in/big", "s3://aws-cli/copy");
    await mustFail(/BucketNotEmpty/, tool("aws"), ["s3", "rb", "s3://aws-cli"], { env });
    await aws("s3", "rm", "--recursive", "--quiet", "s3://aws-cli");
    await aws("s3", "rb", "s3://aws-cli");
    await mustFail(/NoSuchBucket/, tool("aws"), ["s3", "rb", "s3://aws-cli"], { env });
  });

  for (const v2 of [true, false]) {
    it(`s3cmd with ${v2 ? "SigV2" : "SigV4"}: mb, put, ls, get, cp, refused rb, del, rb`, async () => {
      const config = join(folder, `s3cfg-${v2}`);
      const host = `127.0.0.1:${server.port}`;
      writeFileSync(
        config,
        `[default]\naccess_key = ${main.accessKeyId}\nsecret_key = ${main.secretAccessKey}\nhost_base = ${host}\nhost_bucket = ${host}\nuse_https = False\nsignature_v2 = ${v2 ? "True" : "False"}\nmultipart_chunk_size_mb = 15\n`,
      );
      const bucket = `s3://s3cmd-${v2 ? "v2" : "v4"}`;
      const s3cmd = (...args: string[]): Promise<string> => must(tool("s3cmd"), ["-c", config, "--no-progress", ...args]);
      await s3cmd("mb", bucket);
      await s3cmd("put", "--recursive", `${join(folder, "in")}/`, `${bucket}/in/`);
      assert.match(await s3cmd("ls", "--recursive", bucket), /67108864\s+\S+\/in\/big/);
      const out = join(folder, `s3cmd-${v2}`);
      await s3cmd("get", `${bucket}/in/big`, out);
      same(join(folder, "in/big"), out);
      await s3cmd("cp", `${bucket}/in/sub/five`, `${bucket}/copy`);
      await mustFail(/BucketNotEmpty/, tool("s3cmd"), ["-c", config, "rb", bucket]);
      await s3cmd("del", "--recursive", "--force", bucket);
      await s3cmd("rb", bucket);
      await mustFail(/NoSuchBucket/, tool("s3cmd"), ["-c", config, "rb", bucket]);
    });
  }

  for (const provider of ["Alibaba", "Other", "HCP"]) {
    it(`rclone provider=${provider}: mkdir, copy, check, lsf, refused rmdir, purge`, async () => {
      // A tenant's host resolves nowhere here: rclone reaches it through the server itself, which understands absolute-form requests.
      const hcp = provider === "HCP";
      const key = hcp ? lgreen : main;
      const endpoint = hcp ? "http://europe.hcp.example.com" : server.endpoint;
      const env: Record<string, string> = hcp ? { http_proxy: server.endpoint } : {};
      const config = join(folder, `rclone-${provider}.conf`);
      writeFileSync(
        config,
        `[it]\ntype = s3\nprovider = ${provider}\naccess_key_id = ${key.accessKeyId}\nsecret_access_key = ${key.secretAccessKey}\nendpoint = ${endpoint}\nforce_path_style = true\n${hcp ? "" : "region = us-east-1\n"}`,
      );
      const name = `it:rclone-${provider.toLowerCase()}`;
      const flags = ["--config", config, "--retries", "1", "--low-level-retries", "1", "--s3-upload-cutoff", "16M", "--s3-chunk-size", "8M"];
      const rclone = (...args: string[]): Promise<string> => must(tool("rclone"), [...flags, ...args], { env });
      await rclone("mkdir", name);
      await rclone("copy", join(folder, "in"), name);
      await rclone("check", join(folder, "in"), name);
      assert.equal(await rclone("lsf", "-R", "--files-only", name), "big\nempty\nsub/five\n");
      await rclone("copyto", `${name}/big`, `${name}/copy`);
      const out = join(folder, `rclone-${provider}`);
      await rclone("copyto", `${name}/copy`, out);
      same(join(folder, "in/big"), out);
      await mustFail(/BucketNotEmpty|not empty/i, tool("rclone"), [...flags, "rmdir", name], { env });
      await rclone("purge", name);
      assert.doesNotMatch(await rclone("lsd", "it:"), /rclone-/);
    });
  }
});
