/** Storage classes in folders of their own: bytes really lie there, move when the class does, and a folder that is not there is no small matter. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { cpSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Door, element, openDoor } from "../support/doors.ts";
import { must, mustFail, run } from "../support/run.ts";
import { newDataFolder, type Server, startServer } from "../support/server.ts";

const program = join(import.meta.dirname, "../../src/main.ts");
const bucket = "classes";
/** A body that can be found on a disk. */
const bodyOf = (size = 200_000): Buffer => randomBytes(size);
/** Does a volume of the folder hold the middle of the body? */
const holds = (folder: string, body: Buffer): boolean =>
  readdirSync(join(folder, "volumes"))
    .filter((file) => file.endsWith(".vol"))
    .some((file) => readFileSync(join(folder, "volumes", file)).includes(body.subarray(body.length / 2, body.length / 2 + 256)));
async function until(what: string, isSo: () => boolean | Promise<boolean>, msMax = 30_000): Promise<void> {
  for (const began = Date.now(); !(await isSo()); ) {
    assert.ok(Date.now() - began < msMax, `in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe("folders of storage classes", () => {
  it("take the bytes of their classes through every API; copies and lifecycles move them, and the space they leave comes back", { timeout: 120_000 }, async () => {
    const top = newDataFolder();
    const [data, ia, cold] = ["data", "ia", "cold"].map((name) => join(top, name)) as [string, string, string];
    const args = ["--class", `IA=${ia}`, "--class", `GLACIER_IR=${cold}`, "--class", `Archive=${cold}`, "--lifecycle-day", "2", "--volume-seconds", "1", "--compact-every", "1"];
    let server: Server = await startServer({ data, args });
    try {
      let [s3, oss]: [Door, Door] = [openDoor("s3", server.port), openDoor("oss", server.port)];
      const put = async (door: Door, key: string, headers: Record<string, string> = {}, body = bodyOf()): Promise<Buffer> => {
        const answer = await door.send({ method: "PUT", bucket, key, body, headers });
        assert.equal(answer.status, 200, answer.body.toString());
        return body;
      };
      const reads = async (key: string, body: Buffer): Promise<void> => {
        const answer = await s3.send({ method: "GET", bucket, key });
        assert.equal(answer.status, 200, answer.body.toString());
        assert.ok(answer.body.equals(body), key);
      };
      assert.equal((await s3.send({ method: "PUT", bucket })).status, 200);
      const plain = await put(s3, "plain");
      const [byS3, byOss] = [await put(s3, "s3", { "x-amz-storage-class": "STANDARD_IA" }), await put(oss, "oss", { "x-oss-storage-class": "IA" })];
      const archived = await put(oss, "archived", { "x-oss-storage-class": "Archive" });
      const begun = await s3.send({ method: "POST", bucket, key: "parts", query: { uploads: undefined }, headers: { "x-amz-storage-class": "GLACIER_IR" } });
      const uploadId = element(begun.body, "UploadId") ?? "";
      const part = bodyOf();
      const sent = await s3.send({ method: "PUT", bucket, key: "parts", query: { partNumber: "1", uploadId }, body: part });
      const list = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${sent.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
      assert.equal((await s3.send({ method: "POST", bucket, key: "parts", query: { uploadId }, body: list })).status, 200);
      for (const [body, where] of [
        [plain, data],
        [byS3, ia],
        [byOss, ia],
        [archived, cold],
        [part, cold],
      ] as const)
        assert.deepEqual(
          [data, ia, cold].filter((folder) => holds(folder, body)),
          [where],
        );

      const copied = await s3.send({ method: "PUT", bucket, key: "s3", headers: { "x-amz-copy-source": `/${bucket}/s3`, "x-amz-storage-class": "GLACIER_IR" } });
      assert.equal(copied.status, 200, copied.body.toString());
      assert.ok(holds(cold, byS3));
      await reads("s3", byS3);

      const rule = `<Rule><ID>r</ID><Status>Enabled</Status><Filter><Prefix>plain</Prefix></Filter><Transition><Days>1</Days><StorageClass>GLACIER_IR</StorageClass></Transition></Rule>`;
      const rules = `<LifecycleConfiguration>${rule}</LifecycleConfiguration>`;
      assert.equal((await s3.send({ method: "PUT", bucket, query: { lifecycle: undefined }, body: rules })).status, 200);
      await until("the transition", async () => (await s3.send({ method: "HEAD", bucket, key: "plain" })).headers["x-amz-storage-class"] === "GLACIER_IR");
      assert.ok(holds(cold, plain));
      await reads("plain", plain);
      await until("the space of what was moved", () => !holds(data, plain) && !holds(ia, byS3));

      // The numbers of folders are theirs: in another order, and after a restart, all is found.
      s3.close();
      oss.close();
      assert.equal(await server.stop(), 0);
      cpSync(data, join(top, "twin"), { recursive: true });
      server = await startServer({ data, args: ["--class", `archiveInstant=${cold}`, "--class", `STANDARD_IA=${ia}`] });
      [s3, oss] = [openDoor("s3", server.port), openDoor("oss", server.port)];
      for (const [key, body] of Object.entries({ plain, s3: byS3, oss: byOss, parts: part })) await reads(key, body);
      assert.match(await (await fetch(`${server.endpoint}/-/metrics`)).text(), /amphora_class_disk_free_bytes\{folder="1",classes="infrequent"\} \d{4,}/);

      const twin = { data: join(top, "twin"), args: ["--class", `IA=${ia}`, "--class", `Archive=${cold}`] };
      await assert.rejects(startServer(twin), /exited with 1[\s\S]*another server is using the folder .*ia.* --class/);
      await assert.rejects(startServer({ args: ["--class", `IA=${ia}`] }), /holds objects of another store/);

      // Taken out while it runs: not ready, what lies there is not to be had now, the rest is.
      renameSync(ia, join(top, "away"));
      const ready = async (): Promise<number> => (await fetch(`${server.endpoint}/-/readyz`)).status;
      await until("readiness to go", async () => (await ready()) === 503);
      assert.equal((await s3.send({ method: "GET", bucket, key: "oss" })).status, 503);
      assert.equal((await s3.send({ method: "PUT", bucket, key: "new", body: bodyOf(), headers: { "x-amz-storage-class": "STANDARD_IA" } })).status, 503);
      await reads("plain", plain);
      await put(s3, "more");
      renameSync(join(top, "away"), ia);
      await until("readiness to come back", async () => (await ready()) === 200);
      await reads("oss", byOss);
      s3.close();
      oss.close();
      assert.equal(await server.stop(), 0);

      assert.match(await must(process.execPath, [program, "check", "--data", data]), /no damage, 0 left over/);
      renameSync(ia, join(top, "away"));
      await assert.rejects(startServer({ data, args: ["--class", `IA=${ia}`, "--class", `Archive=${cold}`] }), /infrequent and is missing now: is its disk mounted/);
      const checked = await run(process.execPath, [program, "check", "--data", data]);
      assert.equal(checked.code, 1);
      assert.match(checked.stdout, /damage: volumes: folderMissing: .*ia: the folder of infrequent/);
      assert.match(checked.stdout, /damage: store: bytesUnreadable: .*oss/);
      assert.match(await must(process.execPath, [program, "check", "--data", data, "--class", `IA=${join(top, "away")}`]), /no damage/);
      // Another disk with the same name and a marker of its own.
      cpSync(cold, ia, { recursive: true });
      await mustFail(/is a copy of another folder/, process.execPath, [program, "serve", "--data", data, "--port", "0", "--class", `IA=${ia}`, "--class", `Archive=${cold}`]);
    } finally {
      await server.kill("SIGKILL");
      rmSync(top, { recursive: true, force: true });
    }
  });
});
