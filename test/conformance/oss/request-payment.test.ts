import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Ask, openWorld, other, type World } from "./helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/paid/", headers: { "x-oss-acl": "public-read" } });
  await world.ask({ method: "PUT", path: "/paid/a", body: "1" });
});
after(() => world.close());

const ask = (method: string, body?: string) => world.ask({ method, path: "/paid/", query: { requestPayment: "" }, ...(body === undefined ? {} : { body }) });
const payment = (payer: string): string => `<RequestPaymentConfiguration><Payer>${payer}</Payer></RequestPaymentConfiguration>`;
const read = async (more: Partial<Ask>) => (await world.ask({ method: "GET", path: "/paid/a", ...more })).status;

test("the owner pays until requesters do, who have to say so", async () => {
  assert.match((await ask("GET")).text, /<Payer>BucketOwner</);
  assert.equal(await read({ as: other }), 200);
  assert.deepEqual([(await ask("PUT", payment("Nobody"))).code, (await ask("PUT", "<Other/>")).code], ["MalformedXML", "MalformedXML"]);
  assert.equal((await ask("PUT", payment("Requester"))).status, 200);
  assert.equal((await ask("GET")).text, payment("Requester"));
  const headers = { "x-oss-request-payer": "requester" };
  assert.deepEqual(
    [await read({}), await read({ as: other }), await read({ as: null }), await read({ as: null, headers }), await read({ as: other, headers })],
    [200, 403, 403, 403, 200],
  );
  assert.equal(await read({ as: other, scheme: "v4-url", query: { "x-oss-request-payer": "requester" } }), 200);
  assert.equal((await ask("PUT", payment("BucketOwner"))).status, 200);
  assert.equal(await read({ as: null }), 200);
});
