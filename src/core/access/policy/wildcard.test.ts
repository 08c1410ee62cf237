import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Pattern } from "./model.ts";
import { compileWildcard, fits, type Wildcard } from "./wildcard.ts";

const patternOf = (text: string): Pattern => text.split(/([*?])/).flatMap((piece): Pattern => (piece === "" ? [] : [piece === "*" ? 1 : piece === "?" ? 0 : piece]));
const matches = (pattern: string, text: string): boolean => fits(compileWildcard(patternOf(pattern)) as Wildcard, text);

describe("wildcards", () => {
  it("fit whole texts, by characters and not by their halves", () => {
    for (const [pattern, text] of [
      ["", ""],
      ["*", ""],
      ["a*", "a"],
      ["*a*b*", "xxaybz"],
      ["a?c", "abc"],
      ["?", "\u{1f600}"],
      ["*\u{1f600}?", "a\u{1f600}b"],
      ["*aab*aab", "aaabaab"],
      ["a*?", "ab"],
      ["\ud83d*", "\ud83dx"],
      ["ab*bc", "abbc"],
    ] as const)
      assert.ok(matches(pattern, text), `${pattern} ${text}`);
    for (const [pattern, text] of [
      ["", "a"],
      ["?", ""],
      ["a*a", "a"],
      ["*aab*aab", "aab"],
      ["a?", "a"],
      ["abc", "abcd"],
      ["*b", "ba"],
      ["ab*bc", "abc"],
      ["\ud83d*", "\u{1f600}"],
      ["*\ude00", "\u{1f600}"],
    ] as const)
      assert.ok(!matches(pattern, text), `${pattern} ${text}`);
  });

  it("put facts in literally, and fit nothing where there is none", () => {
    const name: Pattern = ["home/", { fact: "caller.user" }, "/", 1];
    const as = (user: string | undefined) => compileWildcard(name, () => user);
    assert.ok(fits(as("ann") as Wildcard, "home/ann/x"));
    assert.ok(!fits(as("*") as Wildcard, "home/ann/x"), "a star that comes from a fact is a star");
    assert.equal(as(undefined), undefined);
    assert.ok(fits(compileWildcard([{ fact: "caller.user", otherwise: "none" }]) as Wildcard, "none"));
  });

  it("take no more steps than there are characters, whatever is written", () => {
    const text = "a".repeat(1000);
    const hard = [`${"*a".repeat(500)}*b`, `*${"a".repeat(400)}b*`, `${"*aaaaaaaaab".repeat(90)}*`, `*${"a?".repeat(200)}b*`].map(
      (pattern) => compileWildcard(patternOf(pattern)) as Wildcard,
    );
    const started = performance.now();
    for (let i = 0; i < 100; i++) for (const pattern of hard) assert.ok(!fits(pattern, text));
    assert.ok(performance.now() - started < 5_000, "one that goes back over and over would take longer than anybody waits");
  });
});
