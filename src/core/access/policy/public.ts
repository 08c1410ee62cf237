/**
 * Is a bucket open to the world by its policy? It is when a statement allows anybody and no condition ties it to fixed values of who asks or from
 * where: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
import { parseIpRange } from "../../../lib/addresses.ts";
import type { Condition, Policy, Statement } from "./model.ts";
import { isLiteral } from "./wildcard.ts";

/** Facts whose fixed values make somebody of everybody. */
const telling = new Set([
  "caller.principal",
  "caller.account",
  "caller.id",
  "caller.organization",
  "request.ip",
  "source.resource",
  "source.account",
  "source.owner",
  "source.network",
  "source.endpoint",
  "accessPoint.name",
  "accessPoint.account",
]);
/** Wider ranges of addresses than these are the world. */
const narrowest = { 32: 8, 128: 32 } as const;

export const isPublicPolicy = (policy: Policy): boolean => policy.statements.some(isPublicStatement);

export function isPublicStatement({ effect, who, conditions }: Statement): boolean {
  if (effect !== "allow" || who === undefined) return false;
  if (!who.not && !who.principals.some((principal) => "anyone" in principal)) return false;
  return !conditions.some(narrows);
}

function narrows({ compare, negated, ifThere, over, fact, values }: Condition): boolean {
  if (negated || ifThere || over === "all" || !telling.has(fact) || !values.every(isLiteral)) return false;
  if (compare === "address") {
    return values.every((value) => {
      const range = parseIpRange(value.join(""));
      return range !== undefined && range.prefix >= narrowest[range.bits];
    });
  }
  return compare === "text" || compare === "textIgnoringCase" || compare === "pattern" || compare === "segments";
}
