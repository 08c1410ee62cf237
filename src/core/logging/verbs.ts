/** Which buckets' requests are written down, and the writing itself. */
import { settleAcl } from "../access/acl.ts";
import type { BucketAddress } from "../api.ts";
import { readDocument } from "../buckets/documents.ts";
import { etagOf, protectionFor, sealFor } from "../encryption/protect.ts";
import { emit } from "../events/emit.ts";
import type { BucketState, Grant } from "../model.ts";
import { layContent } from "../objects/content.ts";
import { objectTurn } from "../objects/find.ts";
import { shelfOf } from "../objects/shelves.ts";
import { keepStored, newContentId, sourceOf, storeBody } from "../objects/store-body.ts";
import type { Ports } from "../ports.ts";
import { madeBefore } from "../row-cache.ts";
import { transact } from "../transact.ts";
import { putVersion } from "../versions/put-version.ts";
import { type BucketHandle, bucketMade, onView, type View } from "../view.ts";
import type { LogDelivery, LoggingVerbs, LogPlan } from "./api.ts";
import { findTarget, judgeDelivery } from "./judge.ts";
import type { Logging } from "./model.ts";

/** One log's time: its commit is tried again so long. */
const deliveryMsMax = 30_000;

const planMade = ({ state }: BucketHandle): string => `logging ${state.generation}`;

function plan(ports: Ports, address: BucketAddress): ReturnType<LoggingVerbs["plan"]> {
  const bucket = madeBefore<BucketHandle>(ports.metadata, bucketMade(address));
  if (bucket && !bucket.state.logs) return undefined;
  const known = bucket && madeBefore<LogPlan>(ports.metadata, planMade(bucket));
  if (known) return known;
  return onView(ports, async (view) => {
    const found = await view.findBucket(address);
    return found?.state.logs ? view.made(planMade(found), () => planOf(view, found)) : undefined;
  });
}

async function planOf(view: View, bucket: BucketHandle): Promise<LogPlan | undefined> {
  const { tenant, name, generation, region, owner, policy } = bucket.state;
  const document = await readDocument(view, bucket, "logging");
  if (!document) return undefined;
  return { tenant, bucket: name, generation, region, owner: await view.owner(owner), hasPolicy: policy === true, dialect: document.writer, logging: document.model };
}

/** Its owner owns the logs; where ACLs count, others get what the configuration says. */
function aclOf({ ownership, owner }: BucketState, { grants }: Logging) {
  const own: Grant = { account: owner, permission: "full" };
  return ownership === "bucketOwnerOnly" || grants.length === 0 ? ("private" as const) : settleAcl({ grants: [own, ...grants] }, owner, owner);
}

async function deliver(ports: Ports, { plan: { tenant, logging, owner }, key, lines, facts }: LogDelivery): Promise<void> {
  const target = { tenant, bucket: logging.target, key };
  const find = async (view: View): Promise<BucketHandle> => {
    const found = await findTarget(view, { tenant, owner: owner.id }, logging);
    await judgeDelivery(view, found, logging, { key, facts });
    return found;
  };
  // Before anything is stored: a target that is gone costs nothing.
  const { state } = await onView(ports, find);
  const protection = await protectionFor(ports, target);
  const seal = protection && sealFor(ports, protection);
  const stored = await storeBody(
    ports,
    newContentId(ports),
    { source: sourceOf(lines), length: lines.length, expected: () => ({}) },
    { seal, shelf: shelfOf(ports, state.storageClass) },
  );
  const context = { deadlineMs: ports.clock.monotonicMs() + deliveryMsMax, signal: new AbortController().signal };
  await keepStored(ports, stored, () =>
    transact(ports, context, objectTurn(target), async (view, change) => {
      const bucket = await find(view);
      const version = await putVersion(view, change, bucket, {
        kind: "object",
        key,
        modifiedMs: ports.clock.wallMs(),
        size: stored.size,
        etag: etagOf(ports, protection?.kept, stored.digests.md5),
        owner: bucket.state.owner,
        acl: aclOf(bucket.state, logging),
        storageClass: bucket.state.storageClass,
        form: "single",
        headers: { contentType: "text/plain" },
        metadata: [],
        crc64: stored.digests.crc64,
        ...(protection && seal ? { encryption: { ...protection.kept, streams: seal.id } } : {}),
        content: layContent(change, stored.content),
      });
      await emit(view, change, bucket, { kind: "created.put", key, sequencer: version.sequence, version, size: version.size, etag: version.etag });
    }),
  );
}

export const loggingVerbs = (ports: Ports): LoggingVerbs => ({ plan: (address) => plan(ports, address), deliver: (delivery) => deliver(ports, delivery) });
