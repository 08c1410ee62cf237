/** The child of crash.test.ts: writes and removes until it is killed, and says on stdout what was acknowledged, at once and unbuffered. */
import fs from "node:fs";
import type { BlobRef } from "../../../core/ports.ts";
import { hex, ownerOf, seededBytes, seededRandom, sourceOf } from "../../contract/blob-helpers.ts";
import { openVolumes } from "./open-volumes.ts";
import { newRunId, smallLimits } from "./testing.ts";

const [folder, seed] = process.argv.slice(2) as [string, string];
const random = seededRandom(Number(seed));
const store = await openVolumes({ folder, runId: newRunId(), lane: 0, limits: { ...smallLimits, smallBytesMax: 64 * 1024 } });
const say = (line: string): void => void fs.writeSync(1, `${line}\n`);

const writer = async (): Promise<never> => {
  const mine: BlobRef[] = [];
  for (;;) {
    const blobSeed = Math.floor(random() * 1e9);
    const size = Math.floor(random() < 0.8 ? random() * 20_000 : random() * 900_000);
    const ref = await store.write(sourceOf(seededBytes(blobSeed, size)), { owner: ownerOf(blobSeed), length: size });
    store.settled(ref);
    say(`w ${hex(ref)} ${blobSeed} ${size}`);
    mine.push(ref);
    const gone = random() < 0.3 ? mine.splice(Math.floor(random() * mine.length), 2) : [];
    for (const each of gone) say(`t ${hex(each)}`);
    await store.remove(gone);
    for (const each of gone) say(`r ${hex(each)}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};
await Promise.all(Array.from({ length: 6 }, writer));
