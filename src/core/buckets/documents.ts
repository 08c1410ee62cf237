/** Configuration documents of a bucket: one of each kind, the last writer wins, gone with the generation. */
import { keepsClosed } from "../access/ownership.ts";
import { isPublicPolicy } from "../access/policy/public.ts";
import type { Context, Core } from "../api.ts";
import { fail } from "../errors.ts";
import { emitTests } from "../events/emit.ts";
import { tables } from "../keys.ts";
import { lifecycleMarks } from "../lifecycle/evaluate.ts";
import { judgeLogTarget } from "../logging/judge.ts";
import type { BucketState, ConfigDocument, DocumentKind } from "../model.ts";
import { bucketTurn } from "../objects/find.ts";
import type { Bytes, Ports } from "../ports.ts";
import { decodeJson, encodeJson } from "../records.ts";
import { transact } from "../transact.ts";
import { type BucketHandle, onView, type View } from "../view.ts";
import { refusesSome } from "./referer.ts";
import { changeState } from "./state.ts";

type Documents = Core["documents"];

export const documentLimits = {
  /** The writer's text; dialects allow less. */
  rawCharactersMax: 256 * 1024,
} as const;

export const encodeDocument = (document: ConfigDocument): Bytes => encodeJson(document);
export const decodeDocument = <K extends DocumentKind>(value: Bytes): ConfigDocument<K> => decodeJson<ConfigDocument<K>>(value);

/** As one view shows it; who may see it was asked before. */
export async function readDocument<K extends DocumentKind>(view: View, bucket: BucketHandle, kind: K): Promise<ConfigDocument<K> | undefined> {
  const value = await view.get(tables.document.key(bucket.state.generation, kind));
  return value === undefined ? undefined : decodeDocument<K>(value);
}

/** `undefined`: there is none of this kind. */
export function getDocument<K extends DocumentKind>(ports: Ports, context: Context, input: Parameters<Documents["get"]>[1] & { kind: K }): Promise<ConfigDocument<K> | undefined> {
  return onView(ports, async (view) => readDocument(view, await view.bucket(context, input), input.kind));
}

/** Puts what `edit` makes of the document there is, or removes it (`undefined`); the same document again changes nothing. `edit` must be pure. */
export async function editDocument<K extends DocumentKind>(
  ports: Ports,
  context: Context,
  input: Parameters<Documents["edit"]>[1] & { kind: K },
  edit: (before: ConfigDocument<K> | undefined) => ConfigDocument<K> | undefined,
): Promise<void> {
  await transact(ports, context, bucketTurn(input), async (view, change) => {
    const bucket = await view.bucket(context, input);
    const before = await readDocument(view, bucket, input.kind);
    const after = edit(before);
    if (after === before) return;
    if (after && after.raw.length > documentLimits.rawCharactersMax) fail("entityTooLarge", { size: after.raw.length, limit: documentLimits.rawCharactersMax });
    if (after && input.kind === "policy") judgePolicy(bucket.state, after as ConfigDocument<"policy">);
    if (after && input.kind === "logging") await judgeLogTarget(view, change, context, bucket.state, (after as ConfigDocument<"logging">).model);
    if (after && input.kind === "notifications") await emitTests(view, change, bucket, context, (after as ConfigDocument<"notifications">).model);
    const row = tables.document.key(bucket.state.generation, input.kind);
    change.expect(row, await view.get(row));
    if (after) change.put(row, encodeDocument(after));
    else change.remove(row);
    // The row and the state's epoch, in one batch: whoever keeps what it read compares epochs.
    changeState(change, bucket, inState(input.kind, after));
  });
}

/** What of a document every request must know stands in the bucket's state too. */
function inState(
  kind: DocumentKind,
  after: ConfigDocument | undefined,
): Partial<
  Pick<
    BucketState,
    "varyOrigin" | "encryption" | "checksReferer" | "requesterPays" | "policy" | "expires" | "abortsUploads" | "logs" | "notifies" | "capacityBytes" | "tlsVersions"
  >
> {
  if (kind === "cors") return { varyOrigin: varies(after as ConfigDocument<"cors"> | undefined) };
  if (kind === "notifications") return { notifies: after !== undefined && (after as ConfigDocument<"notifications">).model.rules.length > 0 ? true : undefined };
  if (kind === "tls") return { tlsVersions: tlsVersionsOf(after as ConfigDocument<"tls"> | undefined) };
  if (kind === "capacity") return { capacityBytes: (after as ConfigDocument<"capacity"> | undefined)?.model.bytes };
  if (kind === "logging") return { logs: after === undefined ? undefined : true };
  if (kind === "policy") return { policy: after === undefined ? undefined : true };
  if (kind === "referer") return { checksReferer: after !== undefined && refusesSome((after as ConfigDocument<"referer">).model) ? true : undefined };
  if (kind === "payment") return { requesterPays: (after as ConfigDocument<"payment"> | undefined)?.model.payer === "requester" ? true : undefined };
  if (kind === "lifecycle") return lifecycleMarks((after as ConfigDocument<"lifecycle"> | undefined)?.model);
  return kind === "encryption" ? { encryption: (after as ConfigDocument<"encryption"> | undefined)?.model } : {};
}
/** As connections tell them: `1.2`. */
function tlsVersionsOf(document: ConfigDocument<"tls"> | undefined): string[] | undefined {
  const versions = document?.model.versions ?? [];
  return versions.length === 0 ? undefined : versions.map((version) => version.replace(/^TLSv/, ""));
}
/** Throws accessDenied for a policy that would open to everybody what is to stay closed. */
function judgePolicy(state: BucketState, { model }: ConfigDocument<"policy">): void {
  if (keepsClosed(state, "refusePolicies") && isPublicPolicy(model)) fail("accessDenied", { reason: "the bucket refuses public policies" });
}
const varies = (document: ConfigDocument<"cors"> | undefined): true | undefined => (document?.model.varyAlways ? true : undefined);
