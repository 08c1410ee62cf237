/** Object ownership: https://docs.aws.amazon.com/AmazonS3/latest/API/API_OwnershipControlsRule.html */
import type { DefaultOwnership } from "../../../config/settings.ts";
import type { Ownership } from "../../../core/model.ts";
import type { S3Call } from "../flavour.ts";
import { invalidArgument } from "../refusals.ts";

const words: Record<Exclude<DefaultOwnership, "none">, Ownership> = {
  BucketOwnerEnforced: "bucketOwnerOnly",
  BucketOwnerPreferred: "bucketOwnerIfGranted",
  ObjectWriter: "writer",
};
const isWord = (text: string): text is keyof typeof words => Object.hasOwn(words, text);

export const ownershipOf = (text: string): Ownership | undefined => (isWord(text) ? words[text] : undefined);
export const ownershipWord = (ownership: Ownership): string => Object.keys(words).find((word) => isWord(word) && words[word] === ownership) ?? "ObjectWriter";

/** `x-amz-object-ownership` of a new bucket; absent: `undefined`. */
export function ownershipHeader(call: S3Call): Ownership | undefined {
  const text = call.request.headers["x-amz-object-ownership"];
  if (text === undefined) return undefined;
  return ownershipOf(text) ?? invalidArgument("x-amz-object-ownership", text, "Invalid x-amz-object-ownership header");
}
