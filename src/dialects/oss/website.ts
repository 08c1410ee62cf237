/** Pages instead of what is missing, on the bucket's usual host: this vendor has no host for websites. https://help.aliyun.com/zh/oss/user-guide/static-website-hosting */
import type { Core, ObjectAddress } from "../../core/api.ts";
import { pageKey, redirectKey, websiteRule } from "../../core/buckets/website.ts";
import type { WebsiteRule } from "../../core/buckets/website-model.ts";
import { isDomainError } from "../../core/errors.ts";
import type { ObjectKey } from "../../core/model.ts";
import { encodeUriPath } from "../../lib/uri.ts";
import type { Call } from "../operation.ts";
import type { OssSettings } from "./settings.ts";

type Opened = Awaited<ReturnType<Core["objects"]["open"]>>;
/** `status`: of the error page. */
export type Shown = Opened & { status?: number };
/** Or where to look. */
export type Redirected = { location: string; status: number };

/**
 * What stands for a missing key: what a rule says; the index for a folder; the error page for who says nothing of himself (a program that signs wants the
 * error as such, 2026-11-28). Throws `error` where there is none.
 */
export async function pageInstead(core: Core, call: Call<OssSettings>, { tenant, bucket, key }: ObjectAddress, error: unknown): Promise<Shown | Redirected> {
  if (!isDomainError(error, "keyMissing")) throw error;
  const { context, request } = call;
  const website = (await core.documents.website({ tenant, bucket }))?.website;
  if (website === undefined) throw error;
  const open = (name: string): Promise<Opened | undefined> =>
    core.objects.open(context, { tenant, bucket, key: name as ObjectKey, onBadRange: "whole" }).catch((why: unknown) => {
      if (isDomainError(why)) return undefined;
      throw why;
    });
  const rule = websiteRule(website, key, 404, (name) => request.headers[name]);
  if (rule !== undefined && !rule.inside) return { location: locationOf(rule, key, call), status: rule.status ?? 301 };
  const { asWritten, rest } = rule === undefined ? { asWritten: "", rest: pageKey(website, key) } : redirectKey(rule, key);
  const name = asWritten + rest;
  const page = name === key ? undefined : await open(name);
  if (page !== undefined) return page;
  const shown = website.error === undefined || context.caller.kind !== "anonymous" ? undefined : await open(website.error);
  if (shown === undefined) throw error;
  return { ...shown, status: website.errorStatus ?? 404 };
}

/** What proves who asks goes nowhere else. */
const isProof = (name: string): boolean => /^(?:x-oss-.*|ossaccesskeyid|signature|expires|security-token)$/i.test(name);

function locationOf(rule: WebsiteRule, key: string, { request, address }: Call<OssSettings>): string {
  const { asWritten, rest } = redirectKey(rule, key);
  const isElsewhere = rule.host !== undefined;
  const path = encodeUriPath(asWritten + rest);
  const bucket = !isElsewhere && address.style === "path" ? `/${address.rawBucket}` : "";
  const query = rule.keepsQuery ? request.query.filter(({ name }) => !isProof(name)).map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`) : [];
  const origin = `${rule.protocol ?? (request.secure ? "https" : "http")}://${rule.host ?? request.hostHeader}`;
  return `${origin}${bucket}/${path}${query.length === 0 ? "" : `?${query.join("&")}`}`;
}
