/** The child of compact.test.ts: compacts and kills itself at the second time it passes a step (at the first of those that come once a volume). */
import { openVolumes } from "./open-volumes.ts";
import { compactLimits, fileMovedIndex, newRunId } from "./testing.ts";

const [folder, index, stopAt] = process.argv.slice(2) as [string, string, string];
const store = await openVolumes({ folder, runId: newRunId(), lane: 0, moved: fileMovedIndex(index), limits: compactLimits });
let passed = 0;
const onStep = (step: string): void => {
  if (step === stopAt && ++passed === (step === "copied" || step === "moved" ? 2 : 1)) process.kill(process.pid, "SIGKILL");
};
while (await store.compact({ deadShareMin: 0.4, onStep }));
