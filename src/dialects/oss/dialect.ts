/**
 * Alibaba Cloud OSS: addressing, who asks, the operations, the words. Facts and sources: data/oss-parameters.json and the pages that every
 * operation names.
 */
import type { Settings } from "../../config/settings.ts";
import type { Core } from "../../core/api.ts";
import { isDomainError } from "../../core/errors.ts";
import type { Clock, Log, Random } from "../../core/ports.ts";
import { addressOf, placeOf } from "../addressing.ts";
import type { CallbackSender } from "../callback-sender.ts";
import type { VendorAnswer } from "../error-table.ts";
import { VendorError } from "../error-table.ts";
import { FormFailure, formAnswer } from "../form-failure.ts";
import { isPostedForm } from "../form-request.ts";
import { loadOperations } from "../load-operations.ts";
import { type Address, type Dialect, routeIndex } from "../operation.ts";
import { withPayment } from "../payer.ts";
import { refererJudged } from "../referer.ts";
import { type Profile, plainBody, serveOperation } from "../serve.ts";
import { isAuthFailure } from "../signing-failure.ts";
import type { WireRequest } from "../wire.ts";
import { unservedOperation } from "./answers.ts";
import { authAnswer } from "./auth-answers.ts";
import { authenticate } from "./authenticate.ts";
import { authenticateForm } from "./authenticate-form.ts";
import { ossAnswer } from "./errors.ts";
import { ossFormAnswers } from "./form-answers.ts";
import { ossFact, withActions } from "./policy/request-facts.ts";
import { finishReply, renderError, requestIdBytes, requestIdText } from "./render.ts";
import { type OssSettings, ossSettings } from "./settings.ts";
import { vendorParameters } from "./vendor-parameters.ts";

const payerHeader = "x-oss-request-payer";

/** `callbacks`: how uploads tell others; absent: they do not. */
export type OssDeps = { core: Core; settings: Settings; clock: Clock; log: Log; random: Random; callbacks?: CallbackSender };

const internalAnswers: Record<"defect" | "unavailable", VendorAnswer> = {
  defect: { status: 500, code: "InternalError", message: "We encountered an internal error. Please try again." },
  unavailable: { status: 503, code: "ServiceUnavailable", message: "The service is temporarily unavailable. Please try again.", headers: ["Retry-After", "1"] },
};
const documentTooLarge: VendorAnswer = { status: 400, code: "EntityTooLarge", message: "The document in the body is too large." };

function resolveAddress(settings: OssSettings, request: WireRequest): Address {
  const address = addressOf(placeOf(request, settings), request.rawPath);
  if (!("failure" in address)) return address;
  throw new VendorError({ status: 400, code: "InvalidURI", message: "Couldn't parse the specified URI." });
}

const refusedParameter = (parameter: string, why: "conflict" | "unknown"): VendorAnswer => ({
  status: 400,
  code: "InvalidArgument",
  message: why === "conflict" ? "A query parameter does not go with this request." : "A query parameter is unknown, and the request would change something.",
  elements: [["ArgumentName", parameter]],
});

const methodNotAllowed = (method: string, { target }: Address): VendorAnswer => ({
  status: 405,
  code: "MethodNotAllowed",
  message: "The specified method is not allowed against this resource.",
  ec: "0003-00000016",
  elements: [
    ["Method", method],
    ["ResourceType", target],
  ],
});

export async function createOss({ core, settings, clock, log, random, callbacks }: OssDeps): Promise<Dialect> {
  const [operations, parameters] = await Promise.all([loadOperations<OssSettings>(new URL("./operations/", import.meta.url)), vendorParameters()]);
  const own: OssSettings = { ...ossSettings(settings), ...(callbacks === undefined ? {} : { callbacks }) };
  const profile: Profile<OssSettings> = {
    name: "oss",
    settings: own,
    routes: routeIndex(operations, parameters, () => false),
    clock,
    log,
    requestId: () => requestIdText(random.bytes(requestIdBytes)),
    address: (request) => resolveAddress(own, request),
    // A preflight is sent by the browser, with whatever the URL of the real request says; nobody is asked who it is.
    authenticate: async (request, address) =>
      request.method === "OPTIONS"
        ? { caller: { kind: "anonymous" }, body: () => plainBody(request, () => ({})) }
        : isPostedForm(request, address)
          ? authenticateForm({ core, clock, settings: own }, request, address).then((who) => withPayment(who.form?.request ?? request, payerHeader, who))
          : refererJudged(core, request, address, withPayment(request, payerHeader, await authenticate({ core, clock, settings: own }, request, address))),
    facts: ossFact,
    actions: withActions,
    unserved: unservedOperation,
    refusedParameter,
    methodNotAllowed,
    answer: (error, { operation }) => {
      if (isDomainError(error)) return ossAnswer(error.kind, error.detail, operation);
      if (error instanceof FormFailure) return formAnswer(ossFormAnswers, error);
      return isAuthFailure(error) ? authAnswer(error) : undefined;
    },
    internal: (kind) => internalAnswers[kind],
    documentTooLarge: () => documentTooLarge,
    render: (answer, { request, requestId }) => renderError(answer, request, requestId),
    finish: (reply, { request, requestId }) => finishReply(reply, requestId, clock.wallMs() - request.receivedMs),
  };
  return {
    name: "oss",
    serve: (request) => serveOperation(core, profile, request),
    refuse(request, kind, { retryAfterS, message }) {
      const requestId = profile.requestId();
      const reply = renderError(refusalOfServer(kind, retryAfterS, message), request, requestId);
      return { ...finishReply(reply, requestId, clock.wallMs() - request.receivedMs), close: true };
    },
  };
}

function refusalOfServer(kind: "overloaded" | "draining" | "diskFull" | "badRequest", retryAfterS: number, message: string): VendorAnswer {
  switch (kind) {
    case "overloaded":
    case "draining":
      return ossAnswer(kind, { retryAfterS }, undefined);
    case "diskFull":
      return ossAnswer("diskFull", { freeBytes: 0 }, undefined);
    case "badRequest":
      return { status: 400, code: "InvalidRequest", message };
  }
}
