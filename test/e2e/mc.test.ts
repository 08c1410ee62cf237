/** MinIO's client, mc: what its users do every day, and what it does to versions, tags, locks, lifecycle and access. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { findProgram, needs } from "../support/programs.ts";
import { must, mustFail } from "../support/run.ts";
import { makeSamples, type Samples } from "../support/samples.ts";
import { main, type Server, startServer } from "../support/server.ts";

describe("mc", needs("mc"), () => {
  let server: Server;
  let samples: Samples;
  const options = (input?: string): Parameters<typeof must>[2] => ({
    env: { MC_CONFIG_DIR: join(samples.folder, ".mc"), HOME: samples.folder, MC_HOST_at: server.endpoint.replace("//", `//${main.accessKeyId}:${main.secretAccessKey}@`) },
    cwd: samples.folder,
    ...(input === undefined ? {} : { input }),
  });
  const flags = ["--no-color", "--disable-pager", "--quiet"];
  const mc = (...args: string[]): Promise<string> => must(findProgram("mc") ?? "", [...flags, ...args], options());
  const refused = (words: RegExp, ...args: string[]): Promise<void> => mustFail(words, findProgram("mc") ?? "", [...flags, ...args], options());
  /** One line of JSON an entry. */
  const rows = async <Row>(...args: string[]): Promise<Row[]> =>
    (await mc("--json", ...args))
      .trim()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Row);
  const versionsOf = async (key: string): Promise<boolean[]> =>
    (await rows<{ isDeleteMarker?: boolean }>("ls", "--versions", key)).map(({ isDeleteMarker }) => isDeleteMarker === true);

  before(async () => {
    server = await startServer();
    samples = makeSamples();
  });
  after(async () => {
    samples?.remove();
    await server.stop();
  });

  it("mb, cp, stat, find, du, cat, cp back and within, mv, pipe", async () => {
    await mc("mb", "at/box");
    await mc("cp", "--recursive", "in/", "at/box/in/");
    const listed = await rows<{ key: string; size: number }>("ls", "--recursive", "at/box");
    assert.deepEqual(listed.map(({ key }) => key).sort(), samples.files.map((name) => `in/${name}`).sort());
    assert.deepEqual((await mc("find", "at/box", "--larger", "1MB")).trim().split("\n").sort(), ["at/box/in/large", "at/box/in/sub/five-mib"]);
    assert.deepEqual((await mc("find", "at/box", "--name", "*.txt")).trim(), "at/box/in/five.txt");
    assert.deepEqual((await rows<{ objects: number; size: number }>("du", "at/box")).map(({ objects, size }) => [objects, size])[0], [5, samples.totalBytes]);
    assert.equal(await mc("cat", "at/box/in/five.txt"), "five\n");
    await mc("cp", "--attr", "x-amz-meta-kind=flow;Cache-Control=no-cache", "in/five.txt", "at/box/attributes");
    const [stat] = await rows<{ metadata: Record<string, string> }>("stat", "at/box/attributes");
    assert.deepEqual([stat?.metadata["X-Amz-Meta-Kind"], stat?.metadata["Cache-Control"]], ["flow", "no-cache"]);
    await mc("cp", "at/box/in/large", "at/box/copy");
    await mc("mv", "at/box/copy", "at/box/moved");
    await mc("mv", "at/box/moved", "moved");
    assert.ok(samples.bytes("moved").equals(samples.bytes("in/large")));
    for (const text of ["", "through a pipe"]) {
      await must(findProgram("mc") ?? "", [...flags, "pipe", "at/box/piped"], options(text));
      assert.equal(await mc("cat", "at/box/piped"), text);
    }
  });

  it("mirror: there, back, and with what left", async () => {
    await mc("mirror", "in/sub", "at/box/mirror");
    assert.equal(await mc("diff", "in/sub", "at/box/mirror"), "");
    await mc("mirror", "at/box/mirror", "back");
    for (const name of ["five-mib", "a name +%é.bin"]) assert.ok(samples.bytes(`back/${name}`).equals(samples.bytes(`in/sub/${name}`)), name);
    writeFileSync(join(samples.folder, "back/added"), "added");
    await mc("mirror", "--overwrite", "--remove", "back", "at/box/mirror");
    await mc("cat", "at/box/mirror/added");
    await mc("mirror", "--overwrite", "--remove", "in/sub", "at/box/mirror");
    await refused(/does not exist/, "cat", "at/box/mirror/added");
  });

  it("version, undo, rm --versions", async () => {
    await mc("version", "enable", "at/box");
    assert.match(await mc("version", "info", "at/box"), /enabled/);
    for (const name of ["five.txt", "empty"]) await mc("cp", `in/${name}`, "at/box/versioned");
    assert.deepEqual(await versionsOf("at/box/versioned"), [false, false]);
    await mc("undo", "at/box/versioned");
    assert.equal(await mc("cat", "at/box/versioned"), "five\n");
    await mc("rm", "at/box/versioned");
    assert.deepEqual(await versionsOf("at/box/versioned"), [true, false]);
    await mc("rm", "--recursive", "--versions", "--force", "at/box/versioned");
    assert.deepEqual(await versionsOf("at/box/versioned"), []);
    await mc("version", "suspend", "at/box");
  });

  it("tag, ilm, anonymous, encrypt, share", async () => {
    await mc("tag", "set", "at/box/attributes", "team=a store&k=v");
    assert.match(await mc("tag", "list", "at/box/attributes"), /team : a store/);
    await mc("tag", "remove", "at/box/attributes");
    await mc("tag", "set", "at/box", "team=store");
    assert.match(await mc("tag", "list", "at/box"), /team : store/);
    await mc("tag", "remove", "at/box");
    await refused(/tag/i, "tag", "list", "at/box");
    await mc("ilm", "rule", "add", "--expire-days", "30", "--prefix", "logs/", "at/box");
    await mc("ilm", "rule", "add", "--noncurrent-expire-days", "3", "--tags", "k=v&l=w", "at/box");
    const rules = JSON.parse(await mc("ilm", "rule", "export", "at/box")) as { Rules: Record<string, unknown>[] };
    assert.deepEqual(
      rules.Rules.map(({ Expiration, NoncurrentVersionExpiration, Status }) => [Expiration, NoncurrentVersionExpiration, Status]),
      [
        [{ Days: 30 }, undefined, "Enabled"],
        [undefined, { NoncurrentDays: 3 }, "Enabled"],
      ],
    );
    await mc("ilm", "rule", "rm", "--all", "--force", "at/box");
    await mc("anonymous", "set", "download", "at/box/in");
    assert.equal(await (await fetch(`${server.endpoint}/box/in/five.txt`)).text(), "five\n");
    assert.equal((await fetch(`${server.endpoint}/box/attributes`)).status, 403);
    await mc("anonymous", "set", "none", "at/box/in");
    assert.equal((await fetch(`${server.endpoint}/box/in/five.txt`)).status, 403);
    await mc("encrypt", "set", "sse-s3", "at/box");
    assert.match(await mc("encrypt", "info", "at/box"), /sse-s3/);
    await mc("encrypt", "clear", "at/box");
    const [shared] = await rows<{ share: string }>("share", "download", "at/box/in/five.txt");
    assert.equal(await (await fetch(shared?.share ?? "")).text(), "five\n");
  });

  it("retention, legalhold, and rb --force", async () => {
    await mc("mb", "--with-lock", "at/locked");
    await mc("cp", "in/five.txt", "at/locked/held");
    await mc("retention", "set", "governance", "1d", "at/locked/held");
    assert.match(await mc("retention", "info", "at/locked/held"), /GOVERNANCE/);
    await refused(/object lock|WORM|Access Denied/i, "rm", "--versions", "--force", "at/locked/held");
    await mc("retention", "clear", "at/locked/held");
    await mc("legalhold", "set", "at/locked/held");
    assert.match(await mc("legalhold", "info", "at/locked/held"), /ON/);
    await refused(/object lock|WORM|Access Denied/i, "rm", "--versions", "--force", "at/locked/held");
    await mc("legalhold", "clear", "at/locked/held");
    await mc("retention", "set", "--default", "governance", "1d", "at/locked");
    assert.match(await mc("retention", "info", "--default", "at/locked"), /GOVERNANCE.*1DAYS/);
    await mc("retention", "clear", "--default", "at/locked");
    for (const bucket of ["at/box", "at/locked"]) await mc("rb", "--force", bucket);
    assert.deepEqual(await rows("ls", "at"), []);
  });
});
