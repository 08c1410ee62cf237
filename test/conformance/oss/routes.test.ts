/** No sub-resource that OSS defines ever reaches the bare verb; what is not served is refused by name. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { loadOperations } from "../../../src/dialects/load-operations.ts";
import { routeIndex, type Target } from "../../../src/dialects/operation.ts";
import { vendorParameters } from "../../../src/dialects/oss/vendor-parameters.ts";
import { openWorld, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  assert.equal((await world.ask({ method: "PUT", path: "/full/" })).status, 200);
  assert.equal((await world.ask({ method: "PUT", path: "/full/key", body: "kept" })).status, 200);
  assert.equal((await world.ask({ method: "PUT", path: "/bare/" })).status, 200);
});
after(() => world.close());

const folder = new URL("../../../src/dialects/oss/operations/", import.meta.url);
const paths: Record<Target, string> = { service: "/", bucket: "/bare/", object: "/full/key" };
const methods = ["GET", "HEAD", "PUT", "POST", "DELETE"] as const;

test("a selector alone is served by its own operation, or refused: 501 by name, 400 where it does not belong", async () => {
  const parameters = await vendorParameters();
  const operations = await loadOperations(folder);
  const alone = ({ route: { select = [], beside = [] } }: (typeof operations)[number]): readonly string[] => (select.length === 1 ? select : select.length === 0 ? beside : []);
  const served = new Set(operations.flatMap((operation) => alone(operation).map((name) => `${operation.route.method} ${operation.route.target} ${name}`)));
  const bare = new Set(operations.filter(({ route }) => route.select === undefined).map(({ name }) => name));
  assert.ok(served.size > 10 && parameters.selectors.size > 80, "the lists are read");
  let refusedByName = 0;
  for (const [selector, targets] of parameters.selectors) {
    for (const target of targets) {
      for (const method of methods) {
        if (served.has(`${method} ${target} ${selector}`)) continue;
        const answer = await world.ask({ method, path: paths[target], query: { [selector]: "" } });
        const what = `${method} ${target}?${selector}: ${answer.text}`;
        assert.equal(answer.status, 501, what);
        assert.equal(answer.code, "NotImplemented", what);
        if (method !== "HEAD") assert.ok(answer.text.includes(selector), what);
        refusedByName++;
      }
    }
    const elsewhere = (["service", "bucket", "object"] as const).filter((target) => !targets.includes(target));
    for (const target of elsewhere) {
      for (const method of ["PUT", "POST", "DELETE"]) {
        const answer = await world.ask({ method, path: paths[target], query: { [selector]: "" } });
        assert.equal(answer.status, 400, `${method} ${target}?${selector}`);
        assert.ok(answer.operation === undefined || !bare.has(answer.operation));
      }
    }
  }
  assert.ok(refusedByName > 300, `only ${refusedByName}`);
  assert.equal((await world.ask({ method: "GET", path: "/full/key" })).text, "kept");
  assert.equal((await world.ask({ method: "GET", path: "/bare/" })).status, 200);
});

test("a parameter that only goes with a selector never makes a verb bare", async () => {
  const { dependents } = await vendorParameters();
  assert.ok(dependents && dependents.size > 5);
  for (const name of dependents?.keys() ?? []) {
    for (const target of ["bucket", "object"] as const) {
      const answer = await world.ask({ method: "DELETE", path: paths[target], query: { [name]: "x" } });
      assert.equal(answer.status, 400, `DELETE ${target}?${name}`);
      assert.equal(answer.code, "InvalidArgument");
    }
  }
  const answer = await world.ask({ method: "POST", path: "/bare/", query: { metaQuery: "", comp: "add" } });
  assert.equal(answer.status, 501);
  assert.match(answer.text, /metaQuery/);
});

test("what nobody knows is refused on a verb that changes something, and harmless on one that reads", async () => {
  for (const method of ["PUT", "POST", "DELETE"]) {
    assert.equal((await world.ask({ method, path: "/bare/", query: { "no-such-thing": "" } })).status, 400, method);
  }
  assert.equal((await world.ask({ method: "GET", path: "/full/key", query: { para1: "test" } })).text, "kept");
});

test("two selectors that are no pair are refused", async () => {
  const answer = await world.ask({ method: "DELETE", path: "/full/key", query: { uploadId: "X", tagging: "" } });
  assert.equal(answer.status, 400);
  assert.equal(answer.code, "InvalidArgument");
});

test("a POST to a bucket is a form or nothing, other methods are not allowed", async () => {
  const form = await world.ask({ method: "POST", path: "/bare/", body: "--x--" });
  assert.deepEqual([form.status, form.code], [400, "RequestIsNotMultiPartContent"]);
  assert.equal((await world.ask({ method: "PATCH", path: "/bare/" })).status, 405);
  assert.equal((await world.ask({ method: "DELETE", path: "/" })).status, 405);
});

test("two operations never accept the same request", async () => {
  const operations = await loadOperations(folder);
  const parameters = await vendorParameters();
  const [first] = operations;
  assert.ok(first);
  assert.throws(() => routeIndex([...operations, { ...first, name: "Twin" }], parameters, () => false), /accept the same request/);
});

test("every operation served stands in the vendor's list with the same route", async () => {
  const list = JSON.parse(await readFile(new URL("../../../data/oss-operations.json", import.meta.url), "utf8")) as {
    operations: { name: string; method: string; target: string; select: string[]; header?: string; comp?: string }[];
  };
  const known = new Map(list.operations.map((row) => [row.name, row]));
  for (const { name, route } of await loadOperations(folder)) {
    const row = known.get(name);
    if (name === "OptionsBucket") continue;
    assert.ok(row, `${name} is in no list`);
    // Several values of a selector choose one operation (x-oss-process): the list has the selector alone.
    const [parameter, value] = typeof route.parameter === "string" ? route.parameter.split("=") : [];
    const selected = [...(route.select ?? []), ...(parameter === undefined ? [] : [parameter])].sort();
    assert.deepEqual([route.method, route.target, selected, route.header, value], [row.method, row.target, [...row.select].sort(), row.header, row.comp], name);
  }
});
