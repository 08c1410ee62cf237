import { smallDocumentBytesMax } from "../documents.ts";
import { objectOf, ossOperation, page } from "../oss-operation.ts";
import { versionInput } from "../parameters.ts";
import { empty, versionHeaders } from "../replies.ts";
import { judgeRestore, parseRestore } from "../restore.ts";

/** 202 when it begins, 200 when what was restored is so for longer. How long it takes is a setting (`--restore-delay`), whatever the tier. */
export const RestoreObject = ossOperation({
  name: "RestoreObject",
  docs: page("restoreobject"),
  route: { method: "POST", target: "object", select: ["restore"] },
  access: { action: "oss:RestoreObject", capability: "object.write" },
  body: { document: smallDocumentBytesMax },
  input: (call) => ({ object: { ...objectOf(call), ...versionInput(call) }, asked: parseRestore(call.document) }),
  run: async (core, { object, asked }, { context, settings }) => {
    const { version } = await core.objects.entry(context, object);
    judgeRestore(asked, version.storageClass);
    return await core.objects.restore(context, { ...object, days: asked.days, delayMs: settings.restoreMs });
  },
  reply: (result, _call, { asked }) => {
    const { storageClass } = result.version;
    const tier = storageClass === "archive" || result.again ? [] : ["x-oss-object-restore-priority", asked.tier ?? "Standard"];
    return empty(result.again ? 200 : 202, [...tier, ...versionHeaders(result)]);
  },
});

export const CleanRestoredObject = ossOperation({
  name: "CleanRestoredObject",
  docs: page("cleanrestoredobject"),
  route: { method: "POST", target: "object", select: ["cleanRestoredObject"] },
  access: { action: "oss:CleanRestoredObject", capability: "object.write" },
  input: (call) => ({ ...objectOf(call), ...versionInput(call) }),
  run: (core, input, { context }) => core.objects.cleanRestored(context, input),
  reply: (result) => empty(200, versionHeaders(result)),
});
