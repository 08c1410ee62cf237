/** Callbacks of uploads, out to whoever a request names: signed, and to no address that is not on the open internet, save those the operator opens. */

import type { CallbackSender } from "../dialects/callback-sender.ts";
import type { IpRange } from "../lib/addresses.ts";
import { type CallbackKey, callbackKeyPath } from "./callback-key.ts";
import { guardOf, post } from "./outgoing.ts";

export const callbackLimits = {
  /** Of one address, from the look-up of its name to the end of its answer. */
  answerMsMax: 5_000,
  answerBytesMax: 3 * 1024 * 1024,
  /** At once, of one thread. */
  underWayMax: 100,
} as const;

export function createCallbackSender(
  options: { key: CallbackKey; allowed: readonly IpRange[] },
  limits: { readonly [K in keyof typeof callbackLimits]: number } = callbackLimits,
): CallbackSender {
  const guard = guardOf(options.allowed);
  let underWay = 0;
  return {
    mayReach: guard,
    answerBytesMax: limits.answerBytesMax,
    keyPath: callbackKeyPath,
    sign: options.key.sign,
    hasRoom: () => underWay < limits.underWayMax,
    async post(request) {
      underWay++;
      try {
        return await post({ ...request, guard, msMax: limits.answerMsMax, answerBytesMax: limits.answerBytesMax });
      } finally {
        underWay--;
      }
    },
  };
}
