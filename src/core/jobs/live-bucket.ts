/** The bucket a job is about: its generation, by whatever name it has by now. */
import { tables } from "../keys.ts";
import type { Generation } from "../model.ts";
import { decodeBucketState } from "../records.ts";
import type { BucketHandle, View } from "../view.ts";

/** `undefined`: it was deleted, or is in the trash. */
export async function liveBucket(view: View, generation: Generation): Promise<BucketHandle | undefined> {
  const stateKey = tables.state.key(generation);
  const stateValue = await view.get(stateKey);
  const state = stateValue && decodeBucketState(stateValue);
  return state?.status === "live" ? { state, stateKey, stateValue: stateValue as Uint8Array } : undefined;
}
