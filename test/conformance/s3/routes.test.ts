import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import type { Resolution, Target } from "../../../src/dialects/operation.ts";
import { s3Operations, s3Routes } from "../../../src/dialects/s3/dialect.ts";
import type { S3Settings } from "../../../src/dialects/s3/flavour.ts";
import { vendorParameters } from "../../../src/dialects/s3/vendor-parameters.ts";
import { parseQuery } from "../../../src/lib/uri.ts";

type VendorOperation = { name: string; method: string; target: Target; select: string[]; header?: string; path?: string; note?: string };
const vendorOperations = (JSON.parse(await readFile(new URL("../../../data/s3-operations.json", import.meta.url), "utf8")) as { operations: VendorOperation[] }).operations;
const routes = await s3Routes();
const operations = await s3Operations();
const vendor = await vendorParameters();

const resolve = (method: string, target: Target, query: string, ...headers: string[]): Resolution<S3Settings> =>
  routes.resolve({ method, target, query: parseQuery(query) ?? [], header: (name) => headers.includes(name) });
const nameOf = (found: Resolution<S3Settings>): string => (found.kind === "operation" ? found.operation.name : found.kind === "unserved" ? `501 ${found.selector}` : found.kind);

describe("S3 routes", () => {
  it("has no two operations that accept the same request (the index would not have been built)", () => {
    assert.ok(operations.length > 40);
    assert.equal(new Set(operations.map(({ route }) => JSON.stringify(route))).size, operations.length);
  });

  it("names only operations that the vendor has, with the vendor's route", () => {
    for (const { name, route } of operations) {
      const same = vendorOperations.filter((operation) => operation.name === name);
      assert.ok(same.length > 0, `${name} is no operation of S3`);
      if (name === "PreflightRequest") continue;
      const selectors = (route.select ?? []).filter((select) => select !== "partNumber" || name.startsWith("UploadPart"));
      assert.ok(
        same.some((one) => one.method === route.method && one.target === route.target && [...one.select].sort().join() === [...selectors].sort().join()),
        `${name} stands at ${route.method} ${route.target} ${selectors.join("&")}, the vendor has it at ${JSON.stringify(same)}`,
      );
    }
  });

  it("says of every operation that it refuses why it does", async () => {
    const { refused } = JSON.parse(await readFile(new URL("../../../data/s3-operations.json", import.meta.url), "utf8")) as { refused: Record<string, string> };
    const served = new Set(operations.map(({ name }) => name));
    assert.deepEqual(
      vendorOperations.map(({ name }) => name).filter((name) => !served.has(name) && refused[name] === undefined),
      [],
    );
    assert.deepEqual(
      Object.keys(refused).filter((name) => !vendorOperations.some((one) => one.name === name)),
      [],
    );
  });

  it("reaches every operation of the vendor by name: served, or refused with 501, and never a bare verb", () => {
    const served = new Map(operations.map(({ name, route }) => [name, route]));
    for (const { name, method, target, select, header, path, note } of vendorOperations) {
      if (path !== undefined || note?.startsWith("older name") || note?.startsWith("the same request")) continue;
      const chooser = served.get(name)?.parameter;
      const found = resolve(
        method,
        target,
        [...select, ...(chooser === undefined ? [] : [chooser])].map((one) => (one === "list-type" ? "list-type=2" : one)).join("&"),
        ...(header === undefined ? [] : [header]),
      );
      if (served.has(name)) assert.equal(nameOf(found), name);
      else if (found.kind === "operation") assert.deepEqual(found.operation.route.select, select, `${name} fell through to ${found.operation.name}`);
      else assert.equal(found.kind, "unserved", `${name}: ${JSON.stringify(found)}`);
    }
  });

  it("never answers a selector with the bare verb, whatever the method", () => {
    for (const [selector, targets] of vendor.selectors) {
      for (const target of ["service", "bucket", "object"] as const) {
        for (const method of ["PUT", "POST", "DELETE"]) {
          const found = resolve(method, target, selector);
          if (found.kind === "operation") assert.ok(found.operation.route.select?.includes(selector), `${method} ${target}?${selector} reached ${found.operation.name}`);
          else assert.ok(targets.includes(target) ? found.kind === "unserved" : found.kind === "refused", `${method} ${target}?${selector}: ${found.kind}`);
        }
      }
    }
  });

  it("refuses unknown parameters on verbs that change something, but not S3's custom x-", () => {
    assert.equal(nameOf(resolve("DELETE", "bucket", "metrix")), "refused");
    assert.equal(nameOf(resolve("DELETE", "object", "uploadid=1")), "refused");
    assert.equal(nameOf(resolve("PUT", "object", "x-oss-process=1")), "refused");
    assert.equal(nameOf(resolve("PUT", "object", "x-id=PutObject&X-Amz-Signature=1")), "PutObject");
    assert.equal(nameOf(resolve("GET", "object", "anything=1")), "GetObject");
  });

  it("refuses two selectors that are no declared pair", () => {
    assert.equal(nameOf(resolve("DELETE", "bucket", "cors&policy")), "refused");
    assert.equal(nameOf(resolve("PUT", "object", "uploadId=1&acl")), "refused");
    assert.equal(nameOf(resolve("PUT", "object", "partNumber=1")), "501 partNumber");
    assert.equal(nameOf(resolve("PUT", "object", "partNumber=1&uploadId=2")), "UploadPart");
    assert.equal(nameOf(resolve("PUT", "object", "partNumber=1&uploadId=2", "x-amz-copy-source")), "UploadPartCopy");
    assert.equal(nameOf(resolve("GET", "object", "partNumber=1")), "GetObject");
    assert.equal(nameOf(resolve("POST", "bucket", "")), "PostObject");
    assert.equal(nameOf(resolve("POST", "object", "")), "method");
  });
});
