/** The lines of one file, made while they are read: page by page, each in a snapshot of its own. */
import { tables } from "../keys.ts";
import type { Account, AccountId, BucketState, Version } from "../model.ts";
import type { ByteSource, Ports } from "../ports.ts";
import { decodeVersion } from "../records.ts";
import { type Place, type Walked, walkSome } from "../versions/walk.ts";
import { onView, type View } from "../view.ts";
import { isReported } from "./filter.ts";
import type { InventoryForm } from "./form.ts";
import { type Inventory, inventoryLimits } from "./model.ts";

/** Where the lines came from: `place` is where the next file goes on, unless `isEnd`. */
export type LineSource = ByteSource & { place: Place | undefined; isEnd: boolean; rows: number; examined: number };

/** `leaveOut`: keys that are no part of it. `scale`: of the limits. */
export function linesOf(
  ports: Ports,
  options: { form: InventoryForm; inventory: Inventory; bucket: BucketState; after: Place | undefined; scale: number; leaveOut: (walked: Walked) => boolean },
): LineSource {
  const { form, inventory, bucket, scale, leaveOut } = options;
  const most = (limit: number): number => Math.max(1, Math.floor(limit * scale));
  const owners = new Map<AccountId, Account>();

  async function page(view: View, after: Place | undefined, rowsMax: number): Promise<{ lines: string[]; place: Place | undefined; isEnd: boolean; examined: number }> {
    const lines: string[] = [];
    const prefix = inventory.filter.prefix ?? "";
    const { place, isEnd, examined } = await walkSome(view, bucket.generation, { prefix, after, rows: most(inventoryLimits.pageRows) }, async (walked) => {
      if (walked.isPromoted || leaveOut(walked) || !isReported(inventory, walked.listed, walked.isHead)) return undefined;
      const version = await wholeVersion(view, bucket, walked);
      const owner = inventory.fields.includes("owner") ? await ownerOf(view, version.owner) : undefined;
      lines.push(form.line({ bucket: bucket.name, version, isLatest: walked.isHead, ...(owner ? { owner } : {}) }, inventory));
      return lines.length >= rowsMax ? "enough" : undefined;
    });
    return { lines, place, isEnd, examined };
  }
  async function ownerOf(view: View, id: AccountId): Promise<Account> {
    const known = owners.get(id) ?? (await view.owner(id));
    owners.set(id, known);
    return known;
  }

  return {
    place: options.after,
    isEnd: false,
    rows: 0,
    examined: 0,
    async read() {
      while (!this.isEnd && this.rows < most(inventoryLimits.fileRowsMax) && this.examined < most(inventoryLimits.examinedMax)) {
        const rowsLeft = most(inventoryLimits.fileRowsMax) - this.rows;
        const { lines, place, isEnd, examined } = await onView(ports, (view) => page(view, this.place, rowsLeft));
        this.place = place;
        this.isEnd = isEnd;
        this.rows += lines.length;
        this.examined += examined;
        if (lines.length > 0) return Buffer.from(lines.join(""), "utf8");
      }
      return undefined;
    },
    close() {},
  };
}

/** With what stands in its row of details. */
async function wholeVersion(view: View, { generation }: BucketState, { listed, value }: Walked): Promise<Version> {
  const { version, hasDetail } = decodeVersion(listed.key, value);
  if (!hasDetail) return version;
  return decodeVersion(listed.key, value, await view.get(tables.detail.key(generation, listed.key, listed.sequence))).version;
}
