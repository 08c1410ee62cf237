/** Bytes that a step wants on another shelf: they are written between two views, so that no snapshot waits for a disk, and named by the step's batch. */
import type { Content, ContentId } from "../model.ts";
import { type MovedContent, moveContent } from "../objects/shelves.ts";
import { discard, type Turn } from "../objects/store-body.ts";
import { type Ports, type Shelf, StoreOutcomeUnknown, StoreRefused } from "../ports.ts";

/** `bytes`: how many are stored. `key`: of the object, for the log. */
export type Carry = { content: Content; bytes: number; shelf: Shelf; key: string };
/** What became of it: the bytes on their shelf, or nothing: there is no room, or they cannot be read. Absent: it was not asked for. */
export type Carried = ReadonlyMap<string, MovedContent | "left">;
export const carryName = (content: ContentId, shelf: Shelf): string => `${content} ${shelf}`;

export const carryLimits = {
  /** What one step asks for at most; one content may be larger. */
  bytesMax: 64 * 1024 * 1024,
  /** Small ones that are flushed together. */
  groupMax: 32,
  groupBytesMax: 8 * 1024 * 1024,
} as const;

/** Each blob of a large content, and each group of small ones, takes a turn. Throws `StoreRefused("closing")` and `StoreOutcomeUnknown`; then nothing that was written stays. */
export async function carryAll(ports: Ports, wanted: readonly Carry[], turn: Turn): Promise<Map<string, MovedContent | "left">> {
  const carried = new Map<string, MovedContent | "left">();
  const one = async (carry: Carry, take: Turn): Promise<void> => {
    const { content, bytes, shelf } = carry;
    const moved = await moveContent(ports, content, bytes, shelf, take).catch((error: unknown) => leave(ports, carry, error));
    carried.set(carryName(content.id, shelf), moved);
  };
  const alone: Turn = (work) => work();
  try {
    for (const group of groupsOf(wanted)) {
      const [first] = group;
      if (group.length === 1 && first) await one(first, turn);
      else await turn(() => settleAll(group.map((carry) => one(carry, alone))));
    }
  } catch (error) {
    if (!(error instanceof StoreOutcomeUnknown)) await discardMoved(ports, carried);
    throw error;
  }
  return carried;
}

export const movedOf = (carried: Carried): MovedContent[] => [...carried.values()].filter((each) => each !== "left");

async function discardMoved(ports: Ports, carried: Carried): Promise<void> {
  for (const { refs } of movedOf(carried)) await discard(ports, refs);
}

/** All have ended when it resolves or throws. */
async function settleAll(all: Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(all)) if (outcome.status === "rejected") throw outcome.reason;
}

function leave(ports: Ports, { content, shelf, key }: Carry, error: unknown): "left" {
  if (error instanceof StoreOutcomeUnknown || (error instanceof StoreRefused && error.reason === "closing")) throw error;
  ports.log.error("lifecycle.notMoved", error, { key, content: content.id, shelf });
  return "left";
}

function groupsOf(wanted: readonly Carry[]): Carry[][] {
  const groups: Carry[][] = [];
  let bytes = 0;
  for (const carry of wanted) {
    const last = groups.at(-1);
    if (last && last.length < carryLimits.groupMax && bytes + carry.bytes <= carryLimits.groupBytesMax) last.push(carry);
    else {
      groups.push([carry]);
      bytes = 0;
    }
    bytes += carry.bytes;
  }
  return groups;
}
