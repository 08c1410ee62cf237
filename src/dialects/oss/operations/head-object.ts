import { readConditions } from "../headers.ts";
import { objectOf, ossOperation, page } from "../oss-operation.ts";
import { versionInput } from "../parameters.ts";
import { empty, objectHeaders } from "../replies.ts";

/** All headers of GetObject; ranges have no say here. */
export const HeadObject = ossOperation({
  name: "HeadObject",
  docs: page("headobject"),
  route: { method: "HEAD", target: "object" },
  access: { action: "oss:GetObject", capability: "object.read" },
  input: (call) => ({ ...objectOf(call), ...versionInput(call), conditions: readConditions(call) }),
  run: (core, input, { context }) => core.objects.head(context, input),
  reply: (result, call) => empty(200, [...objectHeaders(result, call.clock.wallMs()), "Content-Length", String(result.version.size)]),
});
