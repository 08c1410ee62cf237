/** The verbs of uploads, bound to the ports for core/core.ts. */
import type { Core } from "../api.ts";
import type { Ports } from "../ports.ts";
import { abortUpload } from "./abort.ts";
import { completeUpload } from "./complete.ts";
import { copyPart } from "./copy-part.ts";
import { createUpload } from "./create.ts";
import { listParts } from "./parts.ts";
import { putPart } from "./put-part.ts";

export const uploadVerbs = (ports: Ports): Core["uploads"] => ({
  create: (context, input) => createUpload(ports, context, input),
  putPart: (context, input) => putPart(ports, context, input),
  copyPart: (context, input) => copyPart(ports, context, input),
  parts: (context, input) => listParts(ports, context, input),
  complete: (context, input) => completeUpload(ports, context, input),
  abort: (context, input) => abortUpload(ports, context, input),
});
