/** The text records of host names, asked of the machine's own resolvers. */
import { Resolver } from "node:dns/promises";
import type { HostProofs } from "../../core/ports.ts";

export const proofLimits = { timeoutMs: 2_000, tries: 2 } as const;

export function createHostProofs(): HostProofs {
  const resolver = new Resolver({ timeout: proofLimits.timeoutMs, tries: proofLimits.tries });
  return {
    async texts(host) {
      try {
        return (await resolver.resolveTxt(host)).map((pieces) => pieces.join(""));
      } catch {
        // no such name, no such record, nobody to ask: nothing is shown
        return [];
      }
    },
  };
}
