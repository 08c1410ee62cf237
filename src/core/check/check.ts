/** `amphora check`, and the end of every chaos test: everything the store believes is held against everything else it believes, and against its bytes. */
import type { Ports } from "../ports.ts";
import { annotationChecker } from "./annotations.ts";
import { checkBinEnds } from "./binned.ts";
import { bytesChecker, checkBlobs, checkUses } from "./contents.ts";
import { checkGeneration, checkNames, checkParts, checkStrays } from "./generations.ts";
import { checkIdentity } from "./identity.ts";
import { checkOutbox } from "./outbox.ts";
import { garbageKinds, type Problem, type Report } from "./problem.ts";

export const checkLimits = { problemsMax: 10_000 } as const;

/**
 * Every problem there is, at most `problemsMax`; an empty list: none. For a store at rest: what changes while it is looked at may be reported.
 * `bytes` "skip" leaves the blobs unread. A blob that nothing names is `garbage`: what a crash left is reported until its epoch is swept.
 */
export async function checkStore(ports: Ports, options: { bytes?: "read" | "skip" } = {}): Promise<Problem[]> {
  const problems: Problem[] = [];
  const report: Report = (what, where, detail, ref) => {
    if (problems.length >= checkLimits.problemsMax) return;
    problems.push({ severity: garbageKinds.has(what) ? "garbage" : "damage", what, where, detail, ...(ref === undefined ? {} : { ref }) });
  };
  /** A row that fails its checksum, or that this program cannot read, ends the part it stands in and no other. */
  const part = async <T>(where: string, check: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await check();
    } catch (error) {
      report("recordUnreadable", where, String(error));
      return undefined;
    }
  };
  const bytes = bytesChecker(ports, report, options.bytes ?? "read");
  const annotations = annotationChecker(ports, bytes, report);
  const states = await part("names and states", () => checkNames(ports, report));
  for (const state of states ?? []) await part(`generation ${state.generation}`, () => checkGeneration(ports, state, bytes, annotations, report));
  if (states) await part("generations", () => checkStrays(ports, new Set(states.map(({ generation }) => generation)), report));
  await part("parts", () => checkParts(ports, bytes, report));
  await part("annotations", () => annotations.strays());
  await part("the bin", () => checkBinEnds(ports, report));
  await part("uses", () => checkUses(ports, report));
  await part("blobs", () => checkBlobs(ports, report));
  await part("outbox", () => checkOutbox(ports, report));
  await part("identity", () => checkIdentity(ports, report));
  return problems;
}
