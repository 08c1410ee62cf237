/** The official SDKs, unchanged: make, put (0 B, 5 MiB, 64 MiB multipart), list, get, copy, refused deletes with each blocker, empty, delete. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { nodeClients, venv } from "../../tools/clients.ts";
import { javaFlow } from "../../tools/java.ts";
import { findProgram, needs } from "../support/programs.ts";
import { must } from "../support/run.ts";
import { main, type Server, startServer } from "../support/server.ts";

const program = (name: string): string => join(import.meta.dirname, "programs", name);
const python = join(venv, "bin/python");
const java = javaFlow();

describe("official SDKs against the server", () => {
  let server: Server;
  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  for (const version of ["v1", "v2", "v4"]) {
    it(`oss2 signing ${version}`, async () => {
      assert.match(await must(python, [program("flow_oss2.py"), server.endpoint, main.accessKeyId, main.secretAccessKey, version]), /flow complete/);
    });
  }
  for (const version of ["v1", "v4"]) {
    const args = (): string[] => [server.endpoint, main.accessKeyId, main.secretAccessKey, version];
    it(`alibabacloud-oss-v2 signing ${version}`, async () => {
      assert.match(await must(python, [program("flow_oss_v2.py"), ...args()]), /flow complete/);
    });
    it(`alibabacloud-oss-go-sdk-v2 signing ${version}`, needs("flow_oss_go"), async () => {
      assert.match(await must(findProgram("flow_oss_go") ?? "", args()), /flow complete/);
    });
    it(`aliyun-sdk-oss (Java) signing ${version}`, { skip: java === undefined ? "not run: aliyun-sdk-oss, which wants a JDK and Maven" : false }, async () => {
      assert.match(await must("java", [...(java ?? []), ...args()]), /flow complete/);
    });
  }
  for (const version of ["s3v4", "s3"]) {
    it(`boto3 signing ${version}, default checksums`, async () => {
      assert.match(await must(python, [program("flow_boto3.py"), server.endpoint, main.accessKeyId, main.secretAccessKey, version]), /flow complete/);
    });
  }
  it("boto3 with the Common Runtime: CRC32C and CRC64NVME, and the runtime's own transfers", async () => {
    assert.match(await must(python, [program("crt_boto3.py"), server.endpoint, main.accessKeyId, main.secretAccessKey]), /flow complete/);
  });
  it("aws, driven in one process: s3 sync and streams, s3api with what came in of late", async () => {
    assert.match(await must(python, [program("aws_cli.py"), server.endpoint, main.accessKeyId, main.secretAccessKey]), /flow complete/);
  });
  it("aws-sdk-go-v2 and minio-go, each reading what the other wrote", needs("flow_go"), async () => {
    assert.match(await must(findProgram("flow_go") ?? "", [server.endpoint, main.accessKeyId, main.secretAccessKey]), /flow complete/);
  });
  for (const [name, file] of [
    ["minio-js", "flow_minio_js.cjs"],
    ["minio-js: the rest of its own functional tests' calls", "settings_minio_js.cjs"],
    ["AWS SDK for JavaScript: every checksum, trailers, composite and whole-object uploads", "trailers_aws_js.cjs"],
    ["AWS SDK for JavaScript: its own end-to-end cases, waiters, paginators, uploads, signed URLs and forms", "features_aws_js.cjs"],
  ]) {
    it(name ?? "", async () => {
      assert.match(await must(process.execPath, [program(file ?? ""), nodeClients, server.endpoint, main.accessKeyId, main.secretAccessKey]), /flow complete/);
    });
  }
  it("text that breaks other stores, as keys, prefixes, delimiters, markers, copy sources, tags and metadata", async () => {
    assert.match(await must(python, [program("key_corpus.py"), server.endpoint, main.accessKeyId, main.secretAccessKey, "7"]), /flow complete/);
  });
  it("a state file under a lock object, as Terraform keeps it: four writers, none lost", async () => {
    assert.match(await must(python, [program("lock_file.py"), server.endpoint, main.accessKeyId, main.secretAccessKey, "4", "10"]), /flow complete/);
  });
  for (const version of ["v1", "v4"]) {
    it(`ali-oss signing ${version}`, async () => {
      assert.match(await must(process.execPath, [program("flow_ali_oss.cjs"), nodeClients, server.endpoint, main.accessKeyId, main.secretAccessKey, version]), /flow complete/);
    });
  }
});
