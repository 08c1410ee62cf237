/** Pages instead of what is missing, on the bucket's usual host: this vendor has no host for websites. https://help.aliyun.com/zh/oss/user-guide/static-website-hosting */
import type { Context, Core, ObjectAddress } from "../../core/api.ts";
import { pageKey } from "../../core/buckets/website.ts";
import { isDomainError } from "../../core/errors.ts";
import type { ObjectKey } from "../../core/model.ts";

type Opened = Awaited<ReturnType<Core["objects"]["open"]>>;
/** `status`: of the error page. */
export type Shown = Opened & { status?: number };

/**
 * What stands for a missing key: the index for a folder; the error page for who says nothing of himself (a program that signs wants the error as
 * such, 2026-11-28). Throws `error` where there is none.
 */
export async function pageInstead(core: Core, context: Context, { tenant, bucket, key }: ObjectAddress, error: unknown): Promise<Shown> {
  if (!isDomainError(error, "keyMissing")) throw error;
  const website = (await core.documents.website({ tenant, bucket }))?.website;
  if (website === undefined) throw error;
  const open = (name: string): Promise<Opened | undefined> =>
    core.objects.open(context, { tenant, bucket, key: name as ObjectKey, onBadRange: "whole" }).catch((why: unknown) => {
      if (isDomainError(why)) return undefined;
      throw why;
    });
  const name = pageKey(website, key);
  const page = name === key ? undefined : await open(name);
  if (page !== undefined) return page;
  const shown = website.error === undefined || context.caller.kind !== "anonymous" ? undefined : await open(website.error);
  if (shown === undefined) throw error;
  return { ...shown, status: website.errorStatus ?? 404 };
}
