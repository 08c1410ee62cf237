/** What every metadata store must do. `metadataContract(name, open)` declares the tests; each opens a store of its own. */
import { describe, it } from "node:test";
import type { MetadataStore } from "../../core/ports.ts";
import { counterTests, expectationTests, limitTests, turnTests } from "./metadata-commits.ts";
import { historyTests } from "./metadata-history.ts";
import { readingTests } from "./metadata-reads.ts";

/** A fresh, empty store, and what cleans up behind it (after `store.close()`). */
export type OpenedMetadata = { store: MetadataStore; cleanUp: () => Promise<void> };

export function metadataContract(name: string, open: () => Promise<OpenedMetadata>): void {
  const test = (title: string, run: (store: MetadataStore) => Promise<void>): void => {
    it(title, { timeout: 30_000 }, async () => {
      const { store, cleanUp } = await open();
      try {
        await run(store);
      } finally {
        await store.close();
        await cleanUp();
      }
    });
  };
  describe(`metadata store: ${name}`, () => {
    readingTests(test);
    expectationTests(test);
    counterTests(test);
    limitTests(test);
    turnTests(test);
    historyTests(name, open);
  });
}
