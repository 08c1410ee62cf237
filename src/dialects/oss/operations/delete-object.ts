import { objectOf, ossOperation, page } from "../oss-operation.ts";
import { versionInput } from "../parameters.ts";
import { deleteHeaders, empty } from "../replies.ts";

/** 204 also when there was nothing. */
export const DeleteObject = ossOperation({
  name: "DeleteObject",
  docs: page("deleteobject"),
  route: { method: "DELETE", target: "object" },
  access: { action: "oss:DeleteObject", capability: "object.delete" },
  input: (call) => ({ ...objectOf(call), ...versionInput(call) }),
  run: (core, input, { context }) => core.objects.delete(context, input),
  reply: (result) => empty(204, deleteHeaders(result)),
});
