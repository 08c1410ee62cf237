/** SIGKILL while events are under way: what a put that was acknowledged has to tell is told after the restart, at least once. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openDoor } from "../support/doors.ts";
import { eventually, notifyAll, startReceiver } from "../support/receiver.ts";
import { must } from "../support/run.ts";
import { newDataFolder, type Server, startServer } from "../support/server.ts";

const bucket = "events";
const rounds = 3;

describe("SIGKILL with events in the outbox", () => {
  it("loses none of an acknowledged change, and tells of none that did not happen", async () => {
    const data = newDataFolder();
    const started: Server[] = [];
    let takes = 0;
    // Takes two of three, and so is always behind when the server dies.
    const receiver = await startReceiver(() => (takes++ % 3 === 0 ? 500 : undefined));
    const start = async (): Promise<Server> => {
      const server = await startServer({ data, args: ["--webhook", `hook=${receiver.url}`] });
      started.push(server);
      return server;
    };
    const acknowledged = new Set<string>();
    const sent = new Set<string>();
    try {
      for (let round = 0; round < rounds; round++) {
        const server = await start();
        const door = openDoor(round % 2 === 0 ? "s3" : "oss", server.port);
        const s3 = openDoor("s3", server.port);
        if (round === 0) {
          await s3.send({ method: "PUT", bucket });
          assert.equal((await s3.send({ method: "PUT", bucket, query: { notification: "" }, body: notifyAll("hook", "s3:ObjectCreated:*") })).status, 200);
        }
        let isDead = false;
        const writer = async (name: number): Promise<void> => {
          for (let n = 0; !isDead; n++) {
            const key = `${round}-${name}-${n}`;
            sent.add(key);
            const answer = await door.send({ method: "PUT", bucket, key, body: "x" }).catch(() => undefined);
            if (answer?.status === 200) acknowledged.add(key);
          }
        };
        const writers = [0, 1, 2, 3].map(writer);
        await eventually(
          () => acknowledged.size >= 100 * (round + 1),
          () => `${acknowledged.size} puts`,
        );
        await server.kill("SIGKILL").catch(() => {});
        isDead = true;
        await Promise.all(writers);
        door.close();
        s3.close();
      }
      const before = new Set(receiver.taken.map(({ key }) => key));
      assert.ok(
        [...acknowledged].some((key) => !before.has(key)),
        "the server died with events undelivered",
      );
      const last = await start();
      await eventually(
        () => [...acknowledged].every((key) => receiver.taken.some((event) => event.key === key)),
        () => `${new Set(receiver.taken.map(({ key }) => key)).size} of ${acknowledged.size}`,
        60_000,
      );
      const s3 = openDoor("s3", last.port);
      for (const key of new Set(receiver.taken.map((event) => event.key))) {
        assert.ok(sent.has(key), `${key} was never put`);
        if (!acknowledged.has(key)) assert.equal((await s3.send({ method: "HEAD", bucket, key })).status, 200, `${key} was told of and is not there`);
      }
      s3.close();
      assert.equal(await last.stop(), 0);
      await must(process.execPath, [join(import.meta.dirname, "../../src/main.ts"), "check", "--data", data]);
    } finally {
      for (const server of started) await server.kill("SIGKILL").catch(() => {});
      await receiver.close();
      rmSync(data, { recursive: true, force: true });
    }
  });
});
