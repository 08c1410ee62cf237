import assert from "node:assert/strict";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { parseClassFolders } from "./class-folders.ts";
import { readSettings } from "./read.ts";
import { SettingsError } from "./values.ts";

describe("--class", () => {
  it("takes a class by its own name and by each vendor's, in any case, and a relative folder", () => {
    for (const [name, storageClass] of [
      ["IA", "infrequent"],
      ["STANDARD_IA", "infrequent"],
      ["infrequent", "infrequent"],
      ["ONEZONE_IA", "infrequentOneZone"],
      ["INTELLIGENT_TIERING", "intelligent"],
      ["GLACIER_IR", "archiveInstant"],
      ["GLACIER", "archive"],
      ["Archive", "archive"],
      ["ColdArchive", "coldArchive"],
      ["DEEP_ARCHIVE", "deepColdArchive"],
      ["DeepColdArchive", "deepColdArchive"],
      ["REDUCED_REDUNDANCY", "reduced"],
      ["standard", "standard"],
    ] as const)
      assert.deepEqual([...parseClassFolders([`${name}=cold/a=b`])], [[storageClass, resolve("cold/a=b")]]);
  });

  it("says what is wrong with the rest", () => {
    for (const [items, words] of [
      [["IA"], /is not NAME=FOLDER/],
      [["=x"], /is not NAME=FOLDER/],
      [["IA="], /is not NAME=FOLDER/],
      [["LUKEWARM=/x"], /"LUKEWARM" is no storage class \(known: standard, /],
      [["IA=/x", "STANDARD_IA=/y"], /STANDARD_IA is given a folder twice/],
    ] as const)
      assert.throws(
        () => parseClassFolders(items),
        (error) => error instanceof SettingsError && words.test(error.message),
      );
  });

  it("comes from flags and from the environment", () => {
    assert.deepEqual(readSettings({ args: ["--class", "IA=/a", "--class", "Archive=/b"], env: {} }).classes, ["IA=/a", "Archive=/b"]);
    assert.deepEqual(readSettings({ args: [], env: { AMPHORA_CLASS: "IA=/a,Archive=/b" } }).classes, ["IA=/a", "Archive=/b"]);
    assert.throws(() => readSettings({ args: ["--class", "HOT=/a"], env: {} }), SettingsError);
  });
});
