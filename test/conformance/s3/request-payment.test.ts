import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { xmlChildText } from "../../../src/lib/xml-reader.ts";
import { type Ask, alt, main, openWorld, ram, type World } from "../helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", target: "/paid", headers: { "x-amz-acl": "public-read-write" } });
  await world.ask({ method: "PUT", target: "/paid/a", headers: { "x-amz-acl": "public-read" }, body: "1" });
});
after(() => world.close());

const payment = (payer: string): string => `<RequestPaymentConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Payer>${payer}</Payer></RequestPaymentConfiguration>`;
const put = (body: string, as: Ask["as"] = main) => world.ask({ method: "PUT", target: "/paid?requestPayment", body, as });
const get = () => world.ask({ method: "GET", target: "/paid?requestPayment" });
const pays = { "x-amz-request-payer": "requester" };
/** Status, code and whether the answer says that it was charged. */
const told = async (ask: Partial<Ask>) => {
  const { status, code, headers } = await world.ask({ method: "GET", target: "/paid/a", ...ask });
  return [status, code, headers.get("x-amz-request-charged")];
};
const denied = [403, "AccessDenied", undefined];
const free = [200, undefined, undefined];
const charged = [200, undefined, "requester"];

describe("Request payment", () => {
  it("is the owner's until somebody says otherwise, and read back as written", async () => {
    assert.equal(xmlChildText((await get()).xml(), "Payer"), "BucketOwner");
    assert.deepEqual(await told({ as: alt }), free);
    assert.deepEqual(await told({ as: alt, headers: pays }), free, "nobody is charged where the owner pays");
    for (const text of [payment("Nobody"), payment("constructor"), "<RequestPaymentConfiguration/>", "<Other><Payer>Requester</Payer></Other>", "<Request"]) {
      const { status, code } = await put(text);
      assert.deepEqual([status, code], [400, "MalformedXML"], text);
    }
    assert.equal((await put(payment("Requester"), alt)).code, "AccessDenied");
    assert.equal(xmlChildText((await get()).xml(), "Payer"), "BucketOwner");
    assert.equal((await put(payment("Requester"))).status, 200);
    assert.equal((await get()).text, payment("Requester"));
  });

  it("lets in who says that they pay, and the owner", async () => {
    assert.equal((await put(payment("Requester"))).status, 200);
    assert.deepEqual(await told({}), free, "the owner pays in any case");
    assert.deepEqual(await told({ headers: pays }), free);
    for (const ask of [{}, { method: "HEAD" }, { target: "/paid" }, { method: "PUT", target: "/paid/b", body: "2" }]) {
      assert.equal((await world.ask({ method: "GET", target: "/paid/a", ...ask, as: alt })).status, 403);
      assert.deepEqual(await told({ ...ask, as: alt, headers: pays }), charged, JSON.stringify(ask));
      for (const headers of [{}, pays]) assert.equal((await world.ask({ method: "GET", target: "/paid/a", ...ask, as: null, headers })).status, 403, "nobody can be charged");
    }
    assert.deepEqual(await told({ as: alt, headers: { "x-amz-request-payer": "owner" } }), denied);
    assert.deepEqual(await told({ as: ram }), free, "a user of the owner's account");
  });

  it("is told with an error too, unless that is that nobody is let in", async () => {
    await put(payment("Requester"));
    const missing = { as: alt, headers: pays, target: "/paid/none" };
    assert.deepEqual(await told(missing), [404, "NoSuchKey", "requester"]);
    assert.deepEqual(await told({ ...missing, method: "HEAD" }), [404, "NoSuchKey", "requester"]);
    assert.deepEqual(await told({ as: alt, headers: { ...pays, "if-none-match": "*" } }), [304, "NotModified", "requester"]);
    assert.deepEqual(await told({ ...missing, target: "/paid?cors" }), denied);
    assert.deepEqual(await told({ target: "/paid/none", headers: pays }), [404, "NoSuchKey", undefined], "the owner");
  });

  it("is said in a presigned URL by a parameter", async () => {
    await put(payment("Requester"));
    for (const scheme of ["v4-url", "v2-url"] as const) {
      assert.deepEqual(await told({ as: alt, scheme }), denied, scheme);
      assert.deepEqual(await told({ as: alt, scheme, target: "/paid/a?x-amz-request-payer=requester" }), charged, scheme);
    }
    for (const scheme of ["v4-url", "v2-url"] as const) {
      const added = await told({ as: alt, scheme, tamper: (request) => void (request.target += "&x-amz-request-payer=requester") });
      assert.deepEqual(added, [403, "SignatureDoesNotMatch", undefined], "nobody makes the signer pay");
    }
    assert.deepEqual(await told({ as: alt, target: "/paid/a?x-amz-request-payer=requester" }), denied, "a header signs: a header says");
    assert.deepEqual(await told({ as: null, target: "/paid/a?x-amz-request-payer=requester" }), denied);
  });

  it("counts for the source of a copy, and ends when the owner pays again", async () => {
    await put(payment("Requester"));
    await world.ask({ method: "PUT", target: "/theirs", as: alt });
    const copy = (headers: Record<string, string>) => told({ method: "PUT", target: "/theirs/a", as: alt, headers: { "x-amz-copy-source": "/paid/a", ...headers } });
    assert.deepEqual(await copy({}), denied);
    assert.deepEqual(await copy(pays), charged);
    await put(payment("BucketOwner"));
    assert.deepEqual(await copy({}), free);
    assert.deepEqual(await told({ as: null }), free);
  });
});
