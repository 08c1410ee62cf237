/** Live channels as documents: https://help.aliyun.com/zh/oss/developer-reference/putlivechannel */
import type { Channel } from "../../core/channels/api.ts";
import { channelLimits } from "../../core/channels/channels.ts";
import type { BucketName } from "../../core/model.ts";
import { isoTime } from "../../lib/time.ts";
import { xmlElement, xmlText } from "../../lib/xml.ts";
import { type XmlNode, xmlChild, xmlChildText } from "../../lib/xml-reader.ts";
import type { Address, Call } from "../operation.ts";
import { invalidArgument, malformedXml, refuse } from "./answers.ts";
import { readDocument, smallDocumentBytesMax } from "./documents.ts";
import { bucketOf } from "./oss-operation.ts";
import type { OssSettings } from "./settings.ts";

const byDefault = { segmentSeconds: 5, segmentCount: 3, playlist: "playlist.m3u8" } as const;

type Addressed = { address: Address };

/** A channel's name is one step of a key. */
export function channelName(name: string): string {
  if (name.includes("/") || name.includes("\0") || Buffer.byteLength(name, "utf8") > channelLimits.nameBytesMax)
    return refuse({ status: 400, code: "InvalidChannelName", message: "The specified channel name is invalid.", elements: [["Channel", name.slice(0, 64)]] });
  return name;
}

/** The object that the route's target names is the channel. */
export const channelOf = ({ address }: Addressed) => ({ ...bucketOf({ address }), channel: channelName(address.key as string) });

function number(node: XmlNode, name: string): number | undefined {
  const text = xmlChildText(node, name)?.trim();
  if (text === undefined || text === "") return undefined;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 1 && value <= channelLimits.segmentsMax)) invalidArgument(name, text, `${name} is between 1 and ${channelLimits.segmentsMax}.`);
  return value;
}

export const channelStatus = (text: string): boolean =>
  text === "enabled" || (text === "disabled" ? false : invalidArgument("status", text, "The status of a live channel is enabled or disabled."));

function snapshotOf(root: XmlNode): Pick<Channel, "snapshot"> {
  const node = xmlChild(root, "Snapshot");
  if (node === undefined) return {};
  const text = (name: string): string => xmlChildText(node, name)?.trim() || malformedXml(`Snapshot has a ${name}.`);
  const seconds = number(node, "Interval") ?? malformedXml("Snapshot has an Interval.");
  return { snapshot: { role: text("RoleName"), bucket: text("DestBucket"), topic: text("NotifyTopic"), seconds } };
}

function targetOf(root: XmlNode): Pick<Channel, "segmentSeconds" | "segmentCount" | "playlist"> {
  const target = xmlChild(root, "Target") ?? malformedXml("Target is missing.");
  const type = xmlChildText(target, "Type")?.trim();
  if (type !== "HLS") invalidArgument("Type", type ?? "", "The Type of a target is HLS.");
  const [seconds, count] = [number(target, "FragDuration"), number(target, "FragCount")];
  if ((seconds === undefined) !== (count === undefined)) malformedXml("FragDuration and FragCount come together.");
  const playlist = xmlChildText(target, "PlaylistName")?.trim() || byDefault.playlist;
  const { least, most } = channelLimits.playlistCharacters;
  if (!playlist.endsWith(".m3u8") || playlist.length < least || playlist.length > most || playlist.includes("/"))
    invalidArgument("PlaylistName", playlist, `A playlist's name ends with .m3u8 and has ${least} to ${most} characters.`);
  return { segmentSeconds: seconds ?? byDefault.segmentSeconds, segmentCount: count ?? byDefault.segmentCount, playlist };
}

export function parseChannel(call: Pick<Call, "address" | "document">): Omit<Channel, "changedMs"> {
  const root = readDocument(call.document, "LiveChannelConfiguration", { bytesMax: smallDocumentBytesMax });
  const description = xmlChildText(root, "Description") ?? "";
  if (Buffer.byteLength(description, "utf8") > channelLimits.descriptionBytesMax)
    invalidArgument("Description", description, `A description has at most ${channelLimits.descriptionBytesMax} bytes.`);
  return { name: channelOf(call).channel, description, enabled: channelStatus(xmlChildText(root, "Status")?.trim() || "enabled"), ...targetOf(root), ...snapshotOf(root) };
}

const statusText = ({ enabled }: Channel): string => (enabled ? "enabled" : "disabled");

export function channelContent(channel: Channel): string {
  const { snapshot } = channel;
  const target = xmlText("Type", "HLS") + xmlText("FragDuration", channel.segmentSeconds) + xmlText("FragCount", channel.segmentCount) + xmlText("PlaylistName", channel.playlist);
  return (
    xmlText("Description", channel.description) +
    xmlText("Status", statusText(channel)) +
    xmlElement("Target", target) +
    (snapshot === undefined
      ? ""
      : xmlElement(
          "Snapshot",
          xmlText("RoleName", snapshot.role) + xmlText("DestBucket", snapshot.bucket) + xmlText("NotifyTopic", snapshot.topic) + xmlText("Interval", snapshot.seconds),
        ))
  );
}

/** Where to publish, and where to watch: on the host of the bucket, however it was asked. */
export function channelUrls({ settings, address, request }: Pick<Call<OssSettings>, "settings" | "address" | "request">, channel: Channel): string {
  const host = settings.publicUrl === "" ? request.hostHeader : new URL(settings.publicUrl).host;
  const ofBucket = address.style === "host" ? request.hostHeader : `${address.bucket as BucketName}.${host}`;
  const scheme = request.secure || settings.publicUrl.startsWith("https:") ? "https" : "http";
  const play = `${scheme}://${ofBucket}/${channel.name}/${channel.playlist}`;
  return xmlElement("PublishUrls", xmlText("Url", `rtmp://${ofBucket}/live/${channel.name}`)) + xmlElement("PlayUrls", xmlText("Url", play));
}

export const listedChannel = (call: Parameters<typeof channelUrls>[0], channel: Channel): string =>
  xmlElement(
    "LiveChannel",
    xmlText("Name", channel.name) +
      xmlText("Description", channel.description) +
      xmlText("Status", statusText(channel)) +
      xmlText("LastModified", isoTime(channel.changedMs)) +
      channelUrls(call, channel),
  );
