/** `GET ?x-oss-process`: what is told of an image; the making of others from it is refused by name. */
import { imageInfo } from "../../../lib/image-info.ts";
import { invalidArgument, refuse } from "../answers.ts";
import { readConditions } from "../headers.ts";
import { objectOf, ossOperation, page } from "../oss-operation.ts";
import { parameter, versionInput } from "../parameters.ts";
import { versionHeaders } from "../replies.ts";

export const imageLimits = {
  /** The vendor's: of the whole object. */
  sourceBytesMax: 20 * 1024 * 1024,
  /** How far into a JPEG its size is looked for. */
  headBytesMax: 1024 * 1024,
} as const;

const operations = [
  ..."auto-orient average-hue blindwatermark blur bright circle contrast crop format indexcrop interlace quality resize rotate rounded-corners sharpen watermark".split(" "),
];
const badRequest = (message: string): never => refuse({ status: 400, code: "BadRequest", message });
const notServed = (what: string): never =>
  refuse({ status: 501, code: "NotImplemented", message: `This server does not process objects by ${what}.`, elements: [["Operation", "x-oss-process"]] });

/** What is to be told. Throws what the vendor says of what is no process, and what this server does not do. */
function processAsked(text: string): "info" {
  if (text === "image/info") return "info";
  const [kind = "", ...steps] = text.split("/");
  if (kind === "style") return notServed("a style");
  if (kind !== "image" || steps.length === 0) return invalidArgument("x-oss-process", text.slice(0, 64), "The process is not valid.");
  for (const step of steps) {
    const [name = ""] = step.split(",", 1);
    if (!operations.includes(name)) return invalidArgument("x-oss-process", name.slice(0, 64), `operation: ${name.slice(0, 64)} is not supported.`);
  }
  return notServed(text.slice(0, 64));
}

export const GetProcessedObject = ossOperation({
  name: "GetProcessedObject",
  docs: page("image-processing"),
  route: { method: "GET", target: "object", select: ["x-oss-process"] },
  access: { action: "oss:GetObject", capability: "object.read" },
  input: (call) => {
    processAsked(parameter(call, "x-oss-process") ?? "");
    return { ...objectOf(call), ...versionInput(call), conditions: readConditions(call), range: { start: 0, end: imageLimits.headBytesMax - 1 }, onBadRange: "whole" as const };
  },
  run: async (core, input, { context }) => {
    const { body, ...result } = await core.objects.open(context, input);
    try {
      if (result.version.size > imageLimits.sourceBytesMax) return refuse({ status: 400, code: "ImageTooLarge", message: "The image is too large to be processed." });
      const chunks: Buffer[] = [];
      for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) chunks.push(Buffer.from(chunk));
      return { ...result, info: imageInfo(Buffer.concat(chunks)) ?? badRequest("This image format is not supported.") };
    } finally {
      body.close();
    }
  },
  reply: ({ info, ...result }) => {
    const values = { FileSize: result.version.size, Format: info.format, ImageHeight: info.height, ImageWidth: info.width };
    const told = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value: String(value) }]));
    return { status: 200, headers: ["Content-Type", "application/json", ...versionHeaders(result)], body: JSON.stringify(told, undefined, 2) };
  },
});
