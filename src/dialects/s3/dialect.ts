/**
 * Amazon S3: addressing, who asks, the operations, the words. `createFlavoured` is shared with services that speak the same with changed rows
 * (hcp/overlay.ts): what differs comes in as data.
 */
import type { Settings } from "../../config/settings.ts";
import { parseWebhooks } from "../../config/webhooks.ts";
import type { Core } from "../../core/api.ts";
import { DomainError, type DomainErrors, type ErrorKind } from "../../core/errors.ts";
import type { BucketName } from "../../core/model.ts";
import type { Clock, Log, Random } from "../../core/ports.ts";
import { XmlError } from "../../lib/xml-reader.ts";
import { addressOf, placeOf } from "../addressing.ts";
import { answerFor, type ErrorTable, type VendorAnswer, VendorError } from "../error-table.ts";
import { FormFailure, type FormTable, formAnswer } from "../form-failure.ts";
import { isPostedForm } from "../form-request.ts";
import { loadOperations } from "../load-operations.ts";
import { type Address, type Dialect, routeIndex } from "../operation.ts";
import { withPayment } from "../payer.ts";
import { refererJudged } from "../referer.ts";
import { type Authenticated, type Failure, type Profile, serveOperation } from "../serve.ts";
import { AuthFailure } from "../signing-failure.ts";
import type { WireRequest } from "../wire.ts";
import { type AuthTable, authAnswer, s3AuthAnswers } from "./auth-answers.ts";
import { accessKeyLookup, anonymous, authenticate } from "./authenticate.ts";
import { authenticateForm } from "./authenticate-form.ts";
import { errorReply, finishReply } from "./documents/render.ts";
import { s3Errors } from "./errors.ts";
import { type Flavour, type S3Settings, s3Flavour } from "./flavour.ts";
import { s3FormAnswers } from "./form-answers.ts";
import { guarded } from "./guard.ts";
import { withTenant } from "./parse/tenant.ts";
import { s3Fact } from "./policy/request-facts.ts";
import { invalidUri, malformedXml } from "./refusals.ts";
import { isCustomParameter, vendorParameters } from "./vendor-parameters.ts";

export type S3Deps = { core: Core; settings: Settings; clock: Clock; log: Log; random: Random };

export type FlavouredParts = {
  flavour: Flavour;
  errors: ErrorTable;
  auth: AuthTable;
  authenticate(request: WireRequest, address: Address): Promise<Authenticated>;
  /** As `authenticate`, for a browser's form. */
  authenticateForm(request: WireRequest, address: Address): Promise<Authenticated>;
  formAnswers: FormTable;
};

const payerHeader = "x-amz-request-payer";

/** The operations as they are declared, each behind the guard. */
export const s3Operations = async () => (await loadOperations<S3Settings>(new URL("./operations/", import.meta.url))).map(guarded);
export const s3Routes = async () => routeIndex(await s3Operations(), await vendorParameters(), isCustomParameter);

export async function createS3(deps: S3Deps): Promise<Dialect> {
  const { core, settings, clock, random } = deps;
  const auth = { clock, lookup: accessKeyLookup(core, clock), strictRegion: settings.strictRegion ? settings.region : undefined };
  return createFlavoured(deps, {
    flavour: s3Flavour((count) => random.bytes(count)),
    errors: s3Errors,
    auth: s3AuthAnswers,
    authenticate: (request, address) => authenticate(auth, request, address),
    authenticateForm: (request, address) => authenticateForm({ ...auth, both: "refuse", tenant: "ofKey" }, request, address),
    formAnswers: s3FormAnswers,
  });
}

const defect: VendorAnswer = { status: 500, code: "InternalError", message: "We encountered an internal error. Please try again." };
const documentTooLarge = (bytesMax: number): VendorAnswer => ({
  status: 400,
  code: "MaxMessageLengthExceeded",
  message: "Your request was too big.",
  elements: [["MaxMessageLengthBytes", String(bytesMax)]],
});

const refusedParameter = (parameter: string, why: "conflict" | "unknown"): VendorAnswer => ({
  status: 400,
  code: "InvalidArgument",
  message: why === "conflict" ? "A query parameter does not go with this request." : "A query parameter is unknown, and the request would change something.",
  elements: [
    ["ArgumentName", parameter],
    ["ArgumentValue", ""],
  ],
});

const methodNotAllowed = (method: string, { target }: Address, allowed: readonly string[]): VendorAnswer => ({
  status: 405,
  code: "MethodNotAllowed",
  message: "The specified method is not allowed against this resource.",
  elements: [
    ["Method", method],
    ["ResourceType", target.toUpperCase()],
  ],
  headers: ["allow", allowed.join(", ")],
});

/** A sub-resource that the vendor has and we do not: by name. */
const unserved = (selector: string): VendorAnswer => ({ status: 501, code: "NotImplemented", message: `${selector} is not implemented`, elements: [["Resource", selector]] });

function resolveAddress(settings: Settings, flavour: Flavour, request: WireRequest): Address {
  const address = addressOf(placeOf(request, settings), request.rawPath, flavour.pathPrefix(request.headers.authorization));
  if ("failure" in address) return invalidUri(request.rawPath);
  if (flavour.bucketCase === "folded" && address.bucket !== undefined) address.bucket = address.bucket.toLowerCase() as BucketName;
  return flavour.tenantPrefix && address.bucket !== undefined && address.style === "path" ? { ...address, ...withTenant(address.tenant, address.bucket) } : address;
}

/** Refusals of a Complete that are told under 200, where the flavour does so. */
const completeKinds: readonly ErrorKind[] = ["partTooSmall", "partMissing", "partOrder", "preconditionFailed"];

function answerTo(error: unknown, { operation }: Failure, { errors, auth, flavour, formAnswers }: FlavouredParts): VendorAnswer | undefined {
  if (error instanceof FormFailure) return formAnswer(formAnswers, error);
  if (error instanceof AuthFailure) return authAnswer(auth, error);
  if (error instanceof XmlError) return asAnswer(malformedXml);
  if (!(error instanceof DomainError)) return undefined;
  const answer = answerFor(errors, error.kind as ErrorKind, error.detail as DomainErrors[ErrorKind], operation);
  const told = flavour.completeRefusal === "document" && operation === "CompleteMultipartUpload" && completeKinds.includes(error.kind);
  return told ? { ...answer, status: 200 } : answer;
}

/** What a function that refuses would have thrown. */
function asAnswer(refusal: () => never): VendorAnswer {
  try {
    return refusal();
  } catch (error) {
    if (error instanceof VendorError) return error.answer;
    throw error;
  }
}

export async function createFlavoured({ core, settings, clock, log }: S3Deps, parts: FlavouredParts): Promise<Dialect> {
  const { flavour, errors } = parts;
  const unavailable = answerFor(errors, "draining", { retryAfterS: 1 }, undefined);
  const profile: Profile<S3Settings> = {
    name: flavour.name,
    settings: {
      region: settings.region,
      publicUrl: settings.publicUrl,
      defaultOwnership: settings.defaultOwnership ?? "BucketOwnerEnforced",
      defaultEncryption: settings.defaultEncryption ?? "aes256",
      encryptionKeys: settings.encryptionKeys ?? "listed",
      forceDelete: settings.forceDelete === true,
      webhooks: new Set(parseWebhooks(settings.webhooks ?? []).map(({ name }) => name)),
      flavour,
      errors,
    },
    routes: await s3Routes(),
    clock,
    log,
    requestId: flavour.requestId,
    address: (request) => resolveAddress(settings, flavour, request),
    // A preflight is sent by the browser, with whatever the URL of the real request says; nobody is asked who it is.
    authenticate: (request, address) => {
      if (request.method === "OPTIONS") return Promise.resolve(anonymous(request));
      return isPostedForm(request, address)
        ? parts.authenticateForm(request, address).then((who) => withPayment(who.form?.request ?? request, payerHeader, who))
        : parts.authenticate(request, address).then((who) => {
            const payer = withPayment(request, payerHeader, who);
            return request.headers.authorization === undefined ? refererJudged(core, request, address, payer) : payer;
          });
    },
    unserved,
    refusedParameter,
    methodNotAllowed,
    answer: (error, failure) => answerTo(error, failure, parts),
    internal: (kind) => (kind === "unavailable" ? unavailable : defect),
    documentTooLarge,
    render: (answer, failure) => errorReply(answer, failure, flavour),
    corsCredentials: true,
    facts: s3Fact,
    finish: (reply, failure) => finishReply(reply, failure, flavour),
  };
  return {
    name: flavour.name,
    serve: (request) => serveOperation(core, profile, request),
    refuse(request, kind, { retryAfterS, message }) {
      const failure = { request, requestId: flavour.requestId() };
      const answer = serverRefusal(errors, kind, retryAfterS, message);
      return { ...finishReply(errorReply(answer, failure, flavour), failure, flavour), errorCode: answer.code, close: true };
    },
  };
}

function serverRefusal(errors: ErrorTable, kind: "overloaded" | "draining" | "diskFull" | "badRequest", retryAfterS: number, message: string): VendorAnswer {
  switch (kind) {
    case "overloaded":
    case "draining":
      return answerFor(errors, kind, { retryAfterS }, undefined);
    case "diskFull":
      return answerFor(errors, "diskFull", { freeBytes: 0 }, undefined);
    case "badRequest":
      return { status: 400, code: "InvalidRequest", message };
  }
}
