/** `BucketCnameConfiguration`: https://www.alibabacloud.com/help/en/oss/developer-reference/putcname */
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { BoundHost, HostBinding, HostCertificate, HostToken } from "../../core/hosts/api.ts";
import { httpDate, isoTime } from "../../lib/time.ts";
import { xmlElement, xmlText } from "../../lib/xml.ts";
import { type XmlNode, xmlChild, xmlChildText } from "../../lib/xml-reader.ts";
import { isOwnable } from "../addressing.ts";
import { invalidArgument, malformedXml, refuse } from "./answers.ts";
import { readDocument } from "./documents.ts";
import type { OssSettings } from "./settings.ts";

const hostCharactersMax = 253;

/** In lower case. Throws InvalidArgument for what is no host name, or one that the server has already. */
export function ownHost(text: string, settings: OssSettings): string {
  const host = text.trim().toLowerCase();
  const labels = host.split(".");
  const isHost = host.length <= hostCharactersMax && labels.length > 1 && labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
  if (!isHost || !isOwnable(host, settings)) invalidArgument("Domain", text.slice(0, 64), "The domain cannot be bound to a bucket.");
  return host;
}

/** `nowMs`: when a certificate without a name of its own is taken. */
export function parseCname(bytes: Uint8Array, settings: OssSettings, nowMs: number): HostBinding {
  const root = readDocument(bytes, "BucketCnameConfiguration");
  const node = xmlChild(root, "Cname") ?? malformedXml("Cname is missing.");
  if (xmlChildText(node, "IsWildCard")?.trim().toLowerCase() === "true")
    return refuse({ status: 501, code: "NotImplemented", message: "This server does not bind wildcard domains.", elements: [["Operation", "IsWildCard"]] });
  const host = ownHost(xmlChildText(node, "Domain") ?? malformedXml("Domain is missing."), settings);
  const configuration = xmlChild(node, "CertificateConfiguration");
  return configuration ? { host, ...certificateOf(configuration, nowMs) } : { host };
}

const isTrue = (node: XmlNode, name: string): boolean => xmlChildText(node, name)?.trim().toLowerCase() === "true";

/**
 * The certificate is kept and told; its private key is looked at and forgotten: deviation, 2026-11-28, TLS is of the server's own certificate
 * (`--tls-cert`), which should name the host.
 */
function certificateOf(node: XmlNode, nowMs: number): Omit<HostBinding, "host"> {
  if (isTrue(node, "DeleteCertificate")) return { certificate: null };
  const pem = xmlChildText(node, "Certificate")?.trim() || undefined;
  const key = xmlChildText(node, "PrivateKey")?.trim() || undefined;
  const id = xmlChildText(node, "CertId")?.trim() || undefined;
  if ((pem === undefined) !== (key === undefined)) return invalidArgument("Certificate", "", "Certificate and PrivateKey go together.");
  if (pem !== undefined && key !== undefined) judgePair(pem, key);
  if (pem === undefined && id === undefined) return {};
  const certificate: HostCertificate = { id: id ?? String(nowMs), ...(pem === undefined ? {} : { pem }), createdMs: nowMs };
  const previous = xmlChildText(node, "PreviousCertId")?.trim() || undefined;
  return { certificate, ...(previous === undefined || isTrue(node, "Force") ? {} : { previous }) };
}

function judgePair(pem: string, key: string): void {
  let fits = false;
  try {
    fits = new X509Certificate(pem).checkPrivateKey(createPrivateKey(key));
  } catch {
    fits = false;
  }
  if (!fits) invalidArgument("Certificate", "", "The certificate and the private key are no pair.");
}

export const tokenContent = (bucket: string, { host, token, expiresMs }: HostToken): string =>
  xmlText("Bucket", bucket) + xmlText("Cname", host) + xmlText("Token", token) + xmlText("ExpireTime", httpDate(expiresMs));

function certificateContent({ id, pem, createdMs }: HostCertificate): string {
  const read = pem === undefined ? undefined : new X509Certificate(pem);
  const content =
    xmlText("Type", read ? "Upload" : "CAS") +
    xmlText("CertId", id) +
    xmlText("Status", "Enabled") +
    xmlText("CreationDate", httpDate(createdMs)) +
    xmlText("Fingerprint", read?.fingerprint) +
    xmlText("ValidStartDate", read && httpDate(Date.parse(read.validFrom))) +
    xmlText("ValidEndDate", read && httpDate(Date.parse(read.validTo)));
  return xmlElement("Certificate", content);
}
export const cnameContent = ({ host, boundMs, certificate }: BoundHost): string =>
  xmlElement("Cname", xmlText("Domain", host) + xmlText("LastModified", isoTime(boundMs)) + xmlText("Status", "Enabled") + (certificate ? certificateContent(certificate) : ""));
