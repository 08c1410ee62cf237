/** Documents of access points: https://www.alibabacloud.com/help/en/oss/developer-reference/createaccesspoint */

import type { Account } from "../../core/model.ts";
import type { ListedPoint } from "../../core/points/api.ts";
import type { Point } from "../../core/points/model.ts";
import { isoTime } from "../../lib/time.ts";
import { xmlElement, xmlText } from "../../lib/xml.ts";
import { xmlChild, xmlChildText } from "../../lib/xml-reader.ts";
import { aliasEnd } from "../access-point.ts";
import type { WireRequest } from "../wire.ts";
import { invalidArgument, malformedXml, missingArgument } from "./answers.ts";
import { readDocument } from "./documents.ts";
import type { OssSettings } from "./settings.ts";

export const pointHeader = "x-oss-access-point-name";
const nameCharacters = { min: 3, max: 19 } as const;

export function pointName(text: string, argument: string): string {
  const isName = text.length >= nameCharacters.min && text.length <= nameCharacters.max && /^[a-z0-9][a-z0-9-]*[a-z0-9]$/.test(text) && !text.endsWith(aliasEnd);
  return isName ? text : invalidArgument(argument, text.slice(0, 64), "The access point name is not valid.");
}
export const pointOf = ({ request }: { request: WireRequest }): string => pointName(request.headers[pointHeader] ?? missingArgument(pointHeader), pointHeader);

export function parsePoint(bytes: Uint8Array): Pick<Point, "name" | "network" | "networkId"> {
  const root = readDocument(bytes, "CreateAccessPointConfiguration");
  const name = pointName(xmlChildText(root, "AccessPointName")?.trim() ?? malformedXml("AccessPointName is missing."), "AccessPointName");
  const origin = xmlChildText(root, "NetworkOrigin")?.trim() ?? malformedXml("NetworkOrigin is missing.");
  const vpc = xmlChild(root, "VpcConfiguration");
  const id = vpc && xmlChildText(vpc, "VpcId")?.trim();
  if (origin === "internet") return { name, network: "internet" };
  if (origin !== "vpc") return invalidArgument("NetworkOrigin", origin.slice(0, 32), "NetworkOrigin is internet or vpc.");
  return id ? { name, network: "private", networkId: id } : invalidArgument("VpcId", "", "VpcId is missing.");
}

export const pointArn = (region: string, owner: Pick<Account, "uid">, name: string): string => `acs:oss:${region}:${owner.uid}:accesspoint/${name}`;
const origin = ({ network }: Point): string => (network === "private" ? "vpc" : "internet");
const vpc = ({ networkId }: Point): string => (networkId === undefined ? "" : xmlElement("VpcConfiguration", xmlText("VpcId", networkId)));

export function pointContent(bucket: string, point: Point, owner: Account, { location, region }: Pick<OssSettings, "location" | "region">): string {
  const host = (kind: string): string => `${point.name}-${owner.uid}.${location}${kind}.oss-accesspoint.aliyuncs.com`;
  return (
    xmlText("AccessPointName", point.name) +
    xmlText("Bucket", bucket) +
    xmlText("AccountId", owner.uid) +
    xmlText("NetworkOrigin", origin(point)) +
    vpc(point) +
    xmlText("AccessPointArn", pointArn(region, owner, point.name)) +
    xmlText("CreationDate", isoTime(point.createdMs)) +
    xmlText("Alias", point.alias) +
    xmlText("Status", "enable") +
    xmlElement("Endpoints", xmlText("PublicEndpoint", host("")) + xmlText("InternalEndpoint", host("-internal"))) +
    xmlElement("PublicAccessBlockConfiguration", xmlText("BlockPublicAccess", point.closed === true))
  );
}
export const listedContent = ({ bucket, point }: ListedPoint): string =>
  xmlElement(
    "AccessPoint",
    xmlText("AccessPointName", point.name) +
      xmlText("Bucket", bucket) +
      xmlText("NetworkOrigin", origin(point)) +
      vpc(point) +
      xmlText("Alias", point.alias) +
      xmlText("Status", "enable"),
  );
