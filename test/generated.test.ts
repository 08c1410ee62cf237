/** docs/reference is what the declarations say: run `npm run gen` when this fails. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { references } from "../tools/gen.ts";

for (const [name, text] of Object.entries(await references())) {
  it(`docs/reference/${name} is up to date`, () => {
    assert.equal(readFileSync(join(import.meta.dirname, "../docs/reference", name), "utf8"), text);
  });
}
