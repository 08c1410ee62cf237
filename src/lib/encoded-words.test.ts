import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodedWords } from "./encoded-words.ts";

/** What RFC 2047 has a reader do: words after one another belong together. */
const decode = (text: string): string =>
  text
    .split(" ")
    .map((word) => Buffer.from(/^=\?UTF-8\?B\?([A-Za-z0-9+/=]+)\?=$/.exec(word)?.[1] ?? assert.fail(word), "base64"))
    .map((bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes))
    .join("");

describe("encoded words", () => {
  it("hold any text in words of at most 75 characters that cut no character", () => {
    for (const text of ["\u{e9}", "\u{1f600}".repeat(100), `a${"\u{4f60}".repeat(50)}b`, "x".repeat(200)]) {
      const words = encodedWords(text);
      assert.equal(decode(words), text);
      for (const word of words.split(" ")) assert.ok(word.length <= 75, word);
    }
    assert.equal(encodedWords(""), "");
  });
});
