/** `amphora check`, and the end of every chaos test: everything the store believes is held against everything else it believes, and against its bytes. */
import type { Ports } from "../ports.ts";
import { bytesChecker, checkBlobs, checkUses } from "./contents.ts";
import { checkGeneration, checkNames, checkParts, checkStrays } from "./generations.ts";
import { checkIdentity } from "./identity.ts";
import { garbageKinds, type Problem, type Report } from "./problem.ts";

export const checkLimits = { problemsMax: 10_000 } as const;

/**
 * Every problem there is, at most `problemsMax`; an empty list: none. For a store at rest: what changes while it is looked at may be reported.
 * `bytes` "skip" leaves the blobs unread. A blob that nothing names is reported while its epoch has ended and is not swept yet (`garbage`).
 */
export async function checkStore(ports: Ports, options: { bytes?: "read" | "skip" } = {}): Promise<Problem[]> {
  const problems: Problem[] = [];
  const report: Report = (what, where, detail) => {
    if (problems.length < checkLimits.problemsMax) problems.push({ severity: garbageKinds.has(what) ? "garbage" : "damage", what, where, detail });
  };
  const bytes = bytesChecker(ports, report, options.bytes ?? "read");
  const states = await checkNames(ports, report);
  for (const state of states) await checkGeneration(ports, state, bytes, report);
  await checkStrays(ports, new Set(states.map(({ generation }) => generation)), report);
  await checkParts(ports, bytes, report);
  await checkUses(ports, report);
  await checkBlobs(ports, report);
  await checkIdentity(ports, report);
  return problems;
}
