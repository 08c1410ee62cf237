/** Documents that say one word: `<Root><Element>Word</Element></Root>`. */
import { type XmlNode, xmlChild } from "../lib/xml-reader.ts";

export const chosenLimits = { bytesMax: 4 * 1024, elementsMax: 8 } as const;

export type Choices<T> = { root: string; element: string; words: Readonly<Record<string, T>> };

/** What the word stands for; `undefined`: it is another document. */
export function chosen<T>(node: XmlNode, { root, element, words }: Choices<T>): T | undefined {
  const word = xmlChild(node, element)?.text.trim() ?? "";
  return node.name === root && node.children.length === 1 && Object.hasOwn(words, word) ? words[word] : undefined;
}
