/** Of the caller's account: holds in all its buckets. */
import type { Context, Core } from "../../../core/api.ts";
import { fail } from "../../../core/errors.ts";
import type { AccountId, PublicAccess } from "../../../core/model.ts";
import { smallDocumentBytesMax } from "../documents.ts";
import { ossOperation } from "../oss-operation.ts";
import { parsePublicAccess, publicAccessPage, publicAccessReply } from "../public-access-document.ts";
import { empty } from "../replies.ts";

const accountOf = ({ caller }: Context): AccountId => (caller.kind === "anonymous" ? fail("accessDenied", { reason: "anonymous callers have no account" }) : caller.account.id);
const set = (core: Core, context: Context, publicAccess: PublicAccess | undefined): Promise<void> =>
  core.identity.setPublicAccess(context, { account: accountOf(context), publicAccess });

export const PutPublicAccessBlock = ossOperation({
  name: "PutPublicAccessBlock",
  docs: publicAccessPage,
  route: { method: "PUT", target: "service", select: ["publicAccessBlock"] },
  access: { action: "oss:PutPublicAccessBlock", capability: "service.own" },
  body: { document: smallDocumentBytesMax },
  input: (call) => parsePublicAccess(call.document),
  run: (core, publicAccess, { context }) => set(core, context, publicAccess),
  reply: () => empty(200),
});
export const GetPublicAccessBlock = ossOperation({
  name: "GetPublicAccessBlock",
  docs: publicAccessPage,
  route: { method: "GET", target: "service", select: ["publicAccessBlock"] },
  access: { action: "oss:GetPublicAccessBlock", capability: "service.own" },
  input: () => undefined,
  run: (core, _, { context }) => core.identity.publicAccess(context, accountOf(context)),
  reply: publicAccessReply,
});
export const DeletePublicAccessBlock = ossOperation({
  name: "DeletePublicAccessBlock",
  docs: publicAccessPage,
  route: { method: "DELETE", target: "service", select: ["publicAccessBlock"] },
  access: { action: "oss:DeletePublicAccessBlock", capability: "service.own" },
  input: () => undefined,
  run: (core, _, { context }) => set(core, context, undefined),
  reply: () => empty(204),
});
