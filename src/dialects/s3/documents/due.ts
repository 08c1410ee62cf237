/** Headers that say when the bucket's lifecycle will remove something. Rule names are percent-encoded. */
import type { Due } from "../../../core/lifecycle/evaluate.ts";
import { httpDate } from "../../../lib/time.ts";
import { encodeUri } from "../../../lib/uri.ts";

export const expirationHeader = (due: Due | undefined): string[] =>
  due === undefined ? [] : ["x-amz-expiration", `expiry-date="${httpDate(due.atMs)}", rule-id="${encodeUri(due.ruleId)}"`];
export const abortHeaders = (due: Due | undefined): string[] => (due === undefined ? [] : ["x-amz-abort-date", httpDate(due.atMs), "x-amz-abort-rule-id", encodeUri(due.ruleId)]);
