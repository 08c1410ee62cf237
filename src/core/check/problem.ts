import type { BlobRef } from "../ports.ts";

/**
 * What a check found. `damage`: something is lost or wrong. `garbage`: something that nobody needs and no job will find (bytes that a crash left
 * are no garbage while their epoch is still to be swept, see `checkStore`). `what` is a stable name, `where` the row or blob, `detail` for people.
 */
export type Problem = { severity: "damage" | "garbage"; what: ProblemKind; where: string; detail: string /** The blob it is about. */; ref?: BlobRef };
export type ProblemKind =
  | "recordUnreadable"
  | "bucketWithoutState"
  | "bucketPointerWrong"
  | "ownerRowWrong"
  | "generationWithoutWay"
  | "rowsWithoutGeneration"
  | "chainWithoutHead"
  | "chainWithTwoHeads"
  | "chainOutOfOrder"
  | "nullSequenceWrong"
  | "markerInWrongPlace"
  | "detailMissing"
  | "detailWithoutVersion"
  | "useMissing"
  | "useWithoutUser"
  | "lockRowMissing"
  | "lockRowWithoutVersion"
  | "contentLength"
  | "contentWithoutUse"
  | "bytesUnreadable"
  | "blobWithoutOwner"
  | "counterWrong"
  | "partWithoutUpload"
  | "annotationsWrong"
  | "annotationWithoutVersion"
  | "answerWrong"
  | "binnedWrong"
  | "binEndWithoutRow"
  | "eventOutOfOrder"
  | "identityRowWrong";

export type Report = (what: ProblemKind, where: string, detail: string, ref?: BlobRef) => void;
export const garbageKinds: ReadonlySet<ProblemKind> = new Set([
  "blobWithoutOwner",
  "contentWithoutUse",
  "detailWithoutVersion",
  "lockRowWithoutVersion",
  "partWithoutUpload",
  "annotationWithoutVersion",
  "rowsWithoutGeneration",
  "binEndWithoutRow",
]);
