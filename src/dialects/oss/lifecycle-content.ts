/** A lifecycle in OSS's words, where its rules got their names here, or another dialect wrote it. What OSS has no word for is refused by name (decision 0015). */
import type { Lifecycle, LifecycleFilter, LifecycleMoment, LifecycleMove, LifecycleRule } from "../../core/lifecycle/model.ts";
import type { Tags } from "../../core/model.ts";
import { isoTime } from "../../lib/time.ts";
import { xmlElement, xmlText } from "../../lib/xml.ts";
import { untold } from "./answers.ts";
import { storageClassText } from "./headers.ts";

function momentContent(moment: LifecycleMoment): string {
  if ("days" in moment) return xmlText("Days", moment.days);
  return "atMs" in moment ? xmlText("Date", isoTime(moment.atMs)) : xmlText("CreatedBeforeDate", isoTime(moment.beforeMs));
}
const tagsContent = (tags: Tags): string => tags.map(([name, value]) => xmlElement("Tag", xmlText("Key", name) + xmlText("Value", value))).join("");
const moveContent = ({ storageClass, sinceAccess, bytesMin }: LifecycleMove): string =>
  xmlText("StorageClass", storageClassText(storageClass)) +
  (sinceAccess ? xmlText("IsAccessTime", true) + xmlText("ReturnToStdWhenVisit", sinceAccess.returns) : "") +
  (bytesMin === undefined ? "" : xmlText("AllowSmallFile", false));

function filterContent({ sizeAbove, sizeBelow, not = [] }: LifecycleFilter): string {
  if (sizeAbove === undefined && sizeBelow === undefined && not.length === 0) return "";
  const sizes = xmlText("ObjectSizeGreaterThan", sizeAbove) + xmlText("ObjectSizeLessThan", sizeBelow);
  return xmlElement("Filter", sizes + not.map(({ prefix, tags }) => xmlElement("Not", xmlText("Prefix", prefix) + tagsContent(tags))).join(""));
}

function ruleContent(rule: LifecycleRule): string {
  const { filter, expiration, noncurrentExpiration, abortUploadsDays: days, abortUploadsBeforeMs: beforeMs } = rule;
  if (noncurrentExpiration?.keep !== undefined || rule.noncurrentTransitions.some(({ keep }) => keep !== undefined))
    return untold("lifecycle", "how many noncurrent versions are kept");
  const end = expiration && ("loneMarkers" in expiration ? xmlText("ExpiredObjectDeleteMarker", expiration.loneMarkers) : momentContent(expiration));
  const abort = days === undefined ? (beforeMs === undefined ? undefined : { beforeMs }) : { days };
  return (
    xmlText("ID", rule.id) +
    xmlText("Prefix", filter.prefix ?? "") +
    xmlText("Status", rule.enabled ? "Enabled" : "Disabled") +
    tagsContent(filter.tags) +
    filterContent(filter) +
    (end === undefined ? "" : xmlElement("Expiration", end)) +
    rule.transitions.map((move) => xmlElement("Transition", momentContent(move) + moveContent(move))).join("") +
    (abort === undefined ? "" : xmlElement("AbortMultipartUpload", momentContent(abort))) +
    (noncurrentExpiration ? xmlElement("NoncurrentVersionExpiration", xmlText("NoncurrentDays", noncurrentExpiration.days)) : "") +
    rule.noncurrentTransitions.map((move) => xmlElement("NoncurrentVersionTransition", xmlText("NoncurrentDays", move.days) + moveContent(move))).join("")
  );
}

export const lifecycleContent = ({ rules }: Lifecycle): string => rules.map((rule) => xmlElement("Rule", ruleContent(rule))).join("");
