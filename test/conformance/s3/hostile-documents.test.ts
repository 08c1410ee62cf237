/** Documents that no reader may take, sent to every operation that reads one; and documents that protect data, half of which cannot be understood. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { s3Operations } from "../../../src/dialects/s3/dialect.ts";
import { documentsFor, isPolluted } from "../../support/hostile.ts";
import { openWorld, type World } from "../helper.ts";

const reading = (await s3Operations()).filter(({ body }) => typeof body === "object");
const codes = new Set([
  "MalformedXML",
  "MalformedACLError",
  "MalformedPolicy",
  "InvalidArgument",
  "InvalidRequest",
  "MaxMessageLengthExceeded",
  "NotImplemented",
  "MissingSecurityHeader",
  "PolicyTooLarge",
]);

for (const dialect of ["s3", "hcp"] as const) {
  describe(`hostile documents through ${dialect}`, () => {
    let world: World;
    let uploadId = "";
    before(async () => {
      world = await openWorld(dialect);
      await world.ask({ method: "PUT", target: "/bucket" });
      await world.ask({ method: "PUT", target: "/bucket/key", body: "kept" });
      uploadId = /<UploadId>(\w+)</.exec((await world.ask({ method: "POST", target: "/bucket/upload?uploads" })).text)?.[1] ?? "";
    });
    after(() => world.close());

    const targetOf = ({ route }: (typeof reading)[number]): string => {
      const path = { service: "/", bucket: route.select === undefined ? "/another" : "/bucket", object: route.select?.includes("uploadId") ? "/bucket/upload" : "/bucket/key" }[
        route.target
      ];
      const query = [...(route.select ?? []), ...(route.parameter === undefined ? [] : [route.parameter])].map(
        (name) => `${name}=${name === "uploadId" ? uploadId : name === "id" ? "one" : ""}`,
      );
      return query.length === 0 ? path : `${path}?${query.join("&")}`;
    };

    for (const operation of reading) {
      it(`${operation.name} refuses each in its own words and changes nothing`, async () => {
        const bodies = documentsFor(operation.name, dialect === "s3" ? 1 : 7);
        for (const body of bodies) {
          // A bucket is made without a document too.
          if (operation.name === "CreateBucket" && body.length === 0) continue;
          const answer = await world.ask({ method: operation.route.method, target: targetOf(operation), body });
          const told = `${String(body).slice(0, 60)}: ${answer.status} ${answer.text}`;
          assert.ok(answer.status >= 400 && answer.status < 500 && codes.has(answer.code ?? ""), told);
        }
        assert.deepEqual(world.logged, []);
        assert.ok(!isPolluted());
        assert.equal((await world.ask({ method: "GET", target: "/bucket/key" })).text, "kept");
        assert.equal((await world.ask({ method: "HEAD", target: "/another" })).status, 404);
      });
    }
  });
}

/** What protects, what it asks for, and where it is read back. */
const protecting: readonly [target: string, document: string][] = [
  ["/held?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"],
  [
    "/held?object-lock",
    "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>",
  ],
  ["/held/key?retention", "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2030-01-01T00:00:00Z</RetainUntilDate></Retention>"],
  ["/held/key?legal-hold", "<LegalHold><Status>ON</Status></LegalHold>"],
  [
    "/held?publicAccessBlock",
    "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>",
  ],
  ["/held?ownershipControls", "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>"],
  [
    "/held?encryption",
    "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
  ],
  [
    "/held?encryption",
    "<ServerSideEncryptionConfiguration><Rule><BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>",
  ],
  [
    "/held?lifecycle",
    "<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter><Prefix>x/</Prefix></Filter><Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>",
  ],
];

/** Each element said twice, with something unknown before and after it, with text beside it. */
function halfUnderstood(document: string): string[] {
  const found: string[] = [];
  for (const { index, 0: tag, 1: name } of document.matchAll(/<(\w+)>/g)) {
    if (index === 0) continue;
    const end = document.indexOf(`</${name}>`, index) + tag.length + 1;
    const whole = document.slice(index, end);
    for (const instead of [whole + whole, `<Unknown>x</Unknown>${whole}`, `${whole}<Unknown/>`, `text${whole}`, `${whole}<__proto__>x</__proto__>`])
      found.push(document.slice(0, index) + instead + document.slice(end));
  }
  return found;
}

describe("a document that protects data", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    const made = await world.ask({ method: "PUT", target: "/held", headers: { "x-amz-bucket-object-lock-enabled": "true" } });
    assert.equal(made.status, 200);
    assert.equal((await world.ask({ method: "PUT", target: "/held/key", body: "x" })).status, 200);
  });
  after(() => world.close());

  for (const [target, document] of protecting) {
    it(`${target} is taken as it is, and refused when half of it is not understood`, async () => {
      const put = (body: string) => world.ask({ method: "PUT", target, body, headers: { "x-amz-bypass-governance-retention": "true" } });
      const first = await put(document);
      assert.equal(first.status, 200, first.text);
      const before = (await world.ask({ method: "GET", target })).text;
      const wrong = halfUnderstood(document);
      assert.ok(wrong.length >= 5);
      for (const one of wrong) {
        const answer = await put(one);
        // Two rules are a document of lifecycle; of one name they are refused as such.
        assert.equal(answer.status, 400, `${one}: ${answer.text}`);
        assert.match(answer.code ?? "", target.endsWith("lifecycle") ? /^(?:MalformedXML|InvalidArgument)$/ : /^MalformedXML$/, one);
      }
      assert.equal((await world.ask({ method: "GET", target })).text, before);
    });
  }

  it("a list of deletions with anything unknown, or a version named twice, deletes nothing", async () => {
    const entry = "<Object><Key>key</Key><VersionId>1</VersionId></Object>";
    for (const one of halfUnderstood(`<Delete>${entry}</Delete>`)) {
      if (one === `<Delete>${entry}${entry}</Delete>`) continue;
      assert.equal((await world.ask({ method: "POST", target: "/held?delete", body: one })).code, "MalformedXML", one);
    }
    assert.equal((await world.ask({ method: "GET", target: "/held/key" })).text, "x");
  });
});
