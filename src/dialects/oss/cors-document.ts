/** `CORSConfiguration`: rules without names, and ResponseVary over all of them. https://help.aliyun.com/zh/oss/developer-reference/putbucketcors */
import { boundCors } from "../../core/buckets/cors.ts";
import type { Cors, CorsRule } from "../../core/model.ts";
import type { Bytes } from "../../core/ports.ts";
import { xmlElement, xmlText } from "../../lib/xml.ts";
import { type XmlNode, xmlChildren, xmlChildText } from "../../lib/xml-reader.ts";
import { invalidArgument, malformedXml, refuse } from "./answers.ts";
import { readDocument } from "./documents.ts";

export const corsRulesMax = 20;

const texts = (node: XmlNode, name: string): string[] => xmlChildren(node, name).map(({ text }) => text.trim());

function ruleOf(node: XmlNode): CorsRule {
  const age = xmlChildText(node, "MaxAgeSeconds")?.trim();
  if (age !== undefined && !/^\d{1,9}$/.test(age)) invalidArgument("MaxAgeSeconds", age.slice(0, 64), "MaxAgeSeconds is a whole number.");
  return {
    origins: texts(node, "AllowedOrigin"),
    methods: texts(node, "AllowedMethod"),
    allowedHeaders: texts(node, "AllowedHeader"),
    exposedHeaders: texts(node, "ExposeHeader"),
    ...(age === undefined ? {} : { maxAgeSeconds: Number(age) }),
  };
}

export function parseCors(bytes: Bytes): Cors {
  const root = readDocument(bytes, "CORSConfiguration");
  const rules = xmlChildren(root, "CORSRule").map(ruleOf);
  if (rules.length > corsRulesMax) refuse({ status: 400, code: "CORSRuleBeyondLimit", message: `There can be at most ${corsRulesMax} CORS rules.` });
  const vary = xmlChildText(root, "ResponseVary")?.trim().toLowerCase() ?? "false";
  if (vary !== "true" && vary !== "false") malformedXml("ResponseVary is true or false.");
  return boundCors({ rules, varyAlways: vary === "true" }, corsRulesMax);
}

export const corsContent = ({ rules, varyAlways }: Cors): string =>
  rules
    .map(({ origins, methods, allowedHeaders, exposedHeaders, maxAgeSeconds }) => {
      const all = (name: string, values: string[]): string => values.map((value) => xmlText(name, value)).join("");
      const patterns = all("AllowedOrigin", origins) + all("AllowedMethod", methods) + all("AllowedHeader", allowedHeaders) + all("ExposeHeader", exposedHeaders);
      return xmlElement("CORSRule", patterns + xmlText("MaxAgeSeconds", maxAgeSeconds));
    })
    .join("") + xmlText("ResponseVary", varyAlways);
