import type { Tags } from "../../../core/model.ts";
import { xmlElement, xmlText } from "../../../lib/xml.ts";

/** The content of `<Tagging>`. */
export const tagSetContent = (tags: Tags): string => xmlElement("TagSet", tags.map(([name, value]) => xmlElement("Tag", xmlText("Key", name) + xmlText("Value", value))).join(""));
