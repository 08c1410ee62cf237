/** An inventory asked for through one door is told, or refused by name, at the others, and its report is read through all. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { type Door, doorNames, elements } from "../support/doors.ts";
import { servedDoors } from "../support/served-doors.ts";

const waitMsMax = 20_000;
const text = (door: string, more = ""): string => {
  const [noun, arn] = door === "oss" ? ["OSS", "acs:oss:::"] : ["S3", "arn:aws:s3:::"];
  const destination = `<Destination><${noun}BucketDestination><Bucket>${arn}reports-${door}</Bucket><Format>CSV</Format></${noun}BucketDestination></Destination>`;
  const rest = "<IncludedObjectVersions>Current</IncludedObjectVersions><OptionalFields><Field>Size</Field></OptionalFields><Schedule><Frequency>Daily</Frequency></Schedule>";
  return `<InventoryConfiguration><Id>one</Id><IsEnabled>true</IsEnabled>${destination}${rest}${more}</InventoryConfiguration>`;
};
const query = (door: string) => ({ inventory: "", [door === "oss" ? "inventoryId" : "id"]: "one" });

describe("inventories across dialects", () => {
  const { doors } = servedDoors({ args: ["--lifecycle-day", "2", "--background-share", "80"] });

  for (const writer of ["oss", "s3"] as const) {
    it(`${writer} asks, all read`, async () => {
      const bucket = `source-${writer}`;
      const ok = async (answer: ReturnType<Door["send"]>): Promise<Buffer> => {
        const { status, body } = await answer;
        assert.ok(status < 300, `${status} ${body}`);
        return body;
      };
      for (const name of [bucket, `reports-${writer}`]) await ok(doors[writer].send({ method: "PUT", bucket: name }));
      for (const door of doorNames) await ok(doors[door].send({ method: "PUT", bucket, key: `by ${door}`, body: door }));
      await ok(doors[writer].send({ method: "PUT", bucket, query: query(writer), body: text(writer) }));
      for (const reader of ["oss", "s3"] as const) {
        const told = await ok(doors[reader].send({ method: "GET", bucket, query: query(reader) }));
        assert.deepEqual(elements(told, "Bucket"), [`${reader === "oss" ? "acs:oss:::" : "arn:aws:s3:::"}reports-${writer}`]);
        assert.deepEqual([elements(told, "Field"), elements(told, "Frequency"), elements(told, "Format")], [["Size"], ["Daily"], ["CSV"]]);
        assert.deepEqual(elements(await ok(doors[reader].send({ method: "GET", bucket, query: { inventory: "" } })), "Id"), ["one"]);
      }
      const lines = `"${bucket}","by%20hcp","3"\n"${bucket}","by%20oss","3"\n"${bucket}","by%20s3","2"\n`;
      for (const reader of doorNames) {
        const list = async (): Promise<string[]> => elements(await ok(doors[reader].send({ method: "GET", bucket: `reports-${writer}` })), "Key");
        let keys = await list();
        for (let waited = 0; waited < waitMsMax && !keys.some((key) => key.endsWith("manifest.json")); waited += 200) {
          await sleep(200);
          keys = await list();
        }
        const data = keys.find((key) => key.endsWith(".csv.gz")) ?? "none";
        assert.equal(gunzipSync(await ok(doors[reader].send({ method: "GET", bucket: `reports-${writer}`, key: data }))).toString(), lines);
      }
    });
  }

  it("what S3 has no words for is refused there and stays in force", async () => {
    for (const name of ["narrow", "reports-oss"]) await doors.oss.send({ method: "PUT", bucket: name });
    await doors.oss.send({ method: "PUT", bucket: "narrow", query: query("oss"), body: text("oss", "<Filter><LowerSizeBound>1</LowerSizeBound></Filter>") });
    const { status, body } = await doors.s3.send({ method: "GET", bucket: "narrow", query: query("s3") });
    assert.deepEqual([status, elements(body, "Code")], [501, ["NotImplemented"]]);
    assert.deepEqual(elements((await doors.oss.send({ method: "GET", bucket: "narrow", query: query("oss") })).body, "LowerSizeBound"), ["1"]);
  });
});
