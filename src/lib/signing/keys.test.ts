import assert from "node:assert/strict";
import { createHmac, createSecretKey } from "node:crypto";
import { test } from "node:test";
import { hmac } from "./keys.ts";

test("an HMAC is the one that node:crypto makes, whatever the lengths of key and text", () => {
  for (const keyBytes of [1, 20, 32, 63, 64, 65, 200]) {
    const key = createSecretKey(Buffer.alloc(keyBytes, keyBytes));
    for (const characters of [0, 1, 55, 56, 64, 200, 4096, 4097, 10_000]) {
      const text = "a\u00e9\u00ff\u0080".repeat(characters / 4 + 1).slice(0, characters);
      for (const algorithm of ["sha1", "sha256"] as const) {
        for (const encoding of ["hex", "base64"] as const) {
          assert.equal(hmac(algorithm, key, text, encoding), createHmac(algorithm, key).update(text, "latin1").digest(encoding), `${algorithm} ${keyBytes} ${characters}`);
        }
      }
    }
  }
});
