/**
 * A bucket as a website, on hosts of its own: whoever comes is nobody, reads pages, and is told what is wrong in HTML
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html). The query and all headers but those of conditions, ranges and other
 * origins mean nothing here.
 */
import type { Core } from "../../../core/api.ts";
import { pageKey, redirectKey, websiteRule } from "../../../core/buckets/website.ts";
import type { Website, WebsiteRule } from "../../../core/buckets/website-model.ts";
import { DomainError, type DomainErrors, type ErrorKind } from "../../../core/errors.ts";
import type { BucketName, ObjectKey } from "../../../core/model.ts";
import { StoreOutcomeUnknown, StoreRefused } from "../../../core/ports.ts";
import { decodeUri, encodeUriPath } from "../../../lib/uri.ts";
import { type HostPlace, placeOfHost } from "../../addressing.ts";
import { addCorsHeaders, preflightHeaders, preflightOf } from "../../cors.ts";
import { answerFor, type VendorAnswer, VendorError } from "../../error-table.ts";
import type { Address, Dialect } from "../../operation.ts";
import { requestFact } from "../../request-facts.ts";
import { requestDeadlineMs } from "../../serve.ts";
import type { Reply, WireRequest } from "../../wire.ts";
import type { S3Deps } from "../dialect.ts";
import { objectHeaders } from "../documents/object-headers.ts";
import { finishReply } from "../documents/render.ts";
import { s3Errors } from "../errors.ts";
import { type S3Call, s3Flavour } from "../flavour.ts";
import { rangeOf, readConditions } from "../parse/conditions.ts";
import { asWritten, errorHeaders, errorPage, htmlType, pathOfKey, redirect } from "./pages.ts";

type Visit = { call: S3Call; address: Address & { bucket: BucketName }; key: string; head: boolean };
type Opened = Awaited<ReturnType<Core["objects"]["open"]>>;

const answers = {
  method: (method: string): VendorAnswer => ({
    status: 405,
    code: "MethodNotAllowed",
    message: "The specified method is not allowed against this resource.",
    elements: [
      ["Method", method],
      ["ResourceType", "OBJECT"],
    ],
    headers: ["allow", "GET, HEAD, OPTIONS"],
  }),
  path: { status: 400, code: "InvalidURI", message: "Couldn't parse the specified URI." },
  noWebsite: (bucket: string): VendorAnswer => ({
    status: 404,
    code: "NoSuchWebsiteConfiguration",
    message: "The specified bucket does not have a website configuration",
    elements: [["BucketName", bucket]],
  }),
  forbidden: { status: 403, code: "AccessForbidden", message: "CORSResponse: This CORS request is not allowed." },
  defect: { status: 500, code: "InternalError", message: "We encountered an internal error. Please try again." },
} as const;

const noDocument = new Uint8Array(0);

/** `hosts` "any": of a port that serves nothing but websites, where a host that is no pattern is itself the name of a bucket. */
export function createWebsite({ core, settings, clock, log, random }: S3Deps, hosts: "patterns" | "any"): Dialect {
  const flavour = s3Flavour((count) => random.bytes(count));
  const callSettings = {
    region: settings.region,
    publicUrl: settings.publicUrl,
    defaultOwnership: settings.defaultOwnership ?? "BucketOwnerEnforced",
    defaultEncryption: settings.defaultEncryption ?? "aes256",
    encryptionKeys: settings.encryptionKeys ?? "listed",
    forceDelete: false,
    webhooks: new Set<string>(),
    flavour,
    errors: s3Errors,
  } as const;
  const bucketAt = (place: HostPlace, host: string): string => place.bucket ?? (hosts === "any" ? host : "");

  function visitOf(request: WireRequest, requestId: string): Visit {
    const place = placeOfHost(request.host, settings);
    const bucket = bucketAt(place, request.host) as BucketName;
    const key = decodeUri(request.rawPath.slice(1));
    if (key === undefined) throw new VendorError(answers.path);
    const address = {
      tenant: "default" as Address["tenant"],
      target: "object" as const,
      bucket,
      key: key as ObjectKey,
      rawBucket: bucket,
      rawKey: request.rawPath.slice(1),
      style: "host" as const,
    };
    const context = {
      caller: { kind: "anonymous" as const },
      capability: "object.read" as const,
      action: "s3:GetObject",
      signal: request.signal,
      deadlineMs: clock.monotonicMs() + requestDeadlineMs,
      facts: (name: string) => requestFact(request, name),
    };
    const incoming = { source: request.body, expected: () => ({}) };
    const call: S3Call = { request: { ...request, query: [] }, address, context, settings: callSettings, clock, log, requestId, document: noDocument, incoming };
    return { call, address, key, head: request.method === "HEAD" };
  }

  /** The answers that are an error, in S3's words. */
  function answerTo(error: unknown, request: WireRequest, requestId: string): VendorAnswer {
    if (error instanceof VendorError) return error.answer;
    if (error instanceof DomainError) return answerFor(s3Errors, error.kind as ErrorKind, error.detail as DomainErrors[ErrorKind], undefined);
    const unavailable = answerFor(s3Errors, "draining", { retryAfterS: 1 }, undefined);
    if (request.signal.aborted) return unavailable;
    log.error("request.failed", error, { requestId, dialect: "website" });
    return error instanceof StoreRefused || error instanceof StoreOutcomeUnknown ? unavailable : answers.defect;
  }

  const refusal = (answer: VendorAnswer, requestId: string, head: boolean, inner?: VendorAnswer): Reply => {
    const headers = answer.status === 304 ? [...(answer.headers ?? [])] : [...errorHeaders(answer), ...htmlType];
    const reply: Reply = { status: answer.status, headers, errorCode: answer.code };
    if (!head && answer.status !== 304) reply.body = errorPage({ answer, requestId, hostId: flavour.hostId(requestId), ...(inner === undefined ? {} : { inner }) });
    return reply;
  };

  /** What is stored under a key, or where it says to go instead. `error`: the page tells of it, so it is sent whole. */
  async function page({ call, address, head }: Visit, key: string, error?: VendorAnswer, status = error?.status): Promise<Reply> {
    const target = { tenant: address.tenant, bucket: address.bucket, key: key as ObjectKey };
    const conditions = error === undefined ? readConditions(call) : undefined;
    const range = error === undefined && !head ? rangeOf(call) : undefined;
    const input = { ...target, ...(conditions === undefined ? {} : { conditions }) };
    const found: Omit<Opened, "body" | "length"> & Partial<Pick<Opened, "body" | "length">> = head
      ? await core.objects.head(call.context, input)
      : await core.objects.open(call.context, { ...input, ...(range === undefined ? {} : { range }), onBadRange: "fail" });
    try {
      const { websiteRedirect } = found.version.headers;
      if (websiteRedirect !== undefined) {
        found.body?.close();
        return redirect(301, websiteRedirect);
      }
      const headers = [...objectHeaders(call, found, found.range, undefined), ...(error === undefined ? [] : errorHeaders({ ...error, headers: [] }))];
      const reply: Reply = { status: status ?? (found.range === undefined ? 200 : 206), headers };
      if (error !== undefined) reply.errorCode = error.code;
      if (found.body !== undefined && found.length !== undefined) reply.body = { source: found.body, length: found.length };
      return reply;
    } catch (failure) {
      found.body?.close();
      throw failure;
    }
  }

  function follow({ call: { request }, key }: Visit, rule: WebsiteRule): Reply {
    const to = redirectKey(rule, key);
    const protocol = rule.protocol ?? (request.secure ? "https" : "http");
    return redirect(rule.status ?? 301, `${protocol}://${rule.host ?? request.hostHeader}/${asWritten(to.asWritten)}${encodeUriPath(to.rest)}`);
  }

  /** `photos` where there is `photos/index.html`: the visitor is sent to `photos/`, so that its links are right. */
  async function folder({ call, address, key, head }: Visit, { index, rootIndex }: Website): Promise<Reply | undefined> {
    if (index === undefined || rootIndex || key === "" || key.endsWith("/")) return undefined;
    const there = await core.objects.head(call.context, { tenant: address.tenant, bucket: address.bucket, key: `${key}/${index}` as ObjectKey }).catch((error: unknown) => {
      if (error instanceof DomainError) return undefined;
      throw error;
    });
    if (there === undefined) return undefined;
    const found = { status: 302, code: "Found", message: "Resource Found" };
    const reply = refusal(found, call.requestId, head);
    reply.headers.push("location", `${pathOfKey(key)}/`);
    return reply;
  }

  /** The bucket's own error page, or ours. */
  async function failed(visit: Visit, website: Website, answer: VendorAnswer): Promise<Reply> {
    const { call, head, key } = visit;
    const rule = websiteRule(website, key, answer.status);
    if (rule !== undefined) return follow(visit, rule);
    if (website.error === undefined || answer.status < 400 || answer.status >= 500) return refusal(answer, call.requestId, head);
    try {
      return await page(visit, website.error, answer, website.errorStatus);
    } catch (error) {
      return refusal(answer, call.requestId, head, answerTo(error, call.request, call.requestId));
    }
  }

  async function show(visit: Visit): Promise<Reply> {
    const { address, call, key } = visit;
    const found = await core.documents.website(address);
    if (found === undefined) throw new DomainError("bucketMissing", { bucket: address.bucket });
    const { website } = found;
    if (website === undefined) throw new VendorError(answers.noWebsite(address.bucket));
    if (website.all !== undefined) return follow(visit, { when: {}, ...website.all });
    await core.documents.judgeReferer(address, call.request.headers.referer);
    const rule = websiteRule(website, key);
    if (rule !== undefined) return follow(visit, rule);
    try {
      return await page(visit, pageKey(website, key));
    } catch (error) {
      const answer = answerTo(error, call.request, call.requestId);
      const missing = answer.status === 404 || answer.status === 403;
      return (missing ? await folder(visit, website) : undefined) ?? (await failed(visit, website, answer));
    }
  }

  async function preflight({ address, call }: Visit): Promise<Reply> {
    const asked = preflightOf(call.request);
    const headers = "missing" in asked ? undefined : preflightHeaders(await core.documents.cors(address), asked, true);
    if (headers === undefined) throw new VendorError(answers.forbidden);
    return { status: 200, headers };
  }

  async function attempt(request: WireRequest, requestId: string): Promise<Reply> {
    let visit: Visit | undefined;
    const reply = await (async () => {
      visit = visitOf(request, requestId);
      if (request.method === "OPTIONS") return preflight(visit);
      if (request.method !== "GET" && !visit.head) throw new VendorError(answers.method(request.method));
      return show(visit);
    })().catch((error: unknown) => refusal(answerTo(error, request, requestId), requestId, request.method === "HEAD"));
    if (visit !== undefined && request.headers.origin !== undefined) {
      await addCorsHeaders(core, request, visit.address, reply, true).catch((error: unknown) => log.warn("cors.unread", { requestId, error: String(error) }));
    }
    if (visit !== undefined) reply.trace = { address: visit.address, caller: visit.call.context.caller, requestId };
    return finishReply(reply, { request, requestId }, flavour);
  }

  return {
    name: "s3",
    async serve(request) {
      const reply = await attempt(request, flavour.requestId());
      reply.dialect = "website";
      reply.operation = "Website";
      return reply;
    },
    refuse(request, kind, { retryAfterS, message }) {
      const requestId = flavour.requestId();
      const answer: VendorAnswer =
        kind === "badRequest"
          ? { status: 400, code: "InvalidRequest", message }
          : kind === "diskFull"
            ? answerFor(s3Errors, "diskFull", { freeBytes: 0 }, undefined)
            : answerFor(s3Errors, kind, { retryAfterS }, undefined);
      return { ...finishReply(refusal(answer, requestId, request.method === "HEAD"), { request, requestId }, flavour), close: true };
    },
  };
}
