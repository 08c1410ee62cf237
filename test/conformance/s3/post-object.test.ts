/** PostObject: browsers' forms, signed by hand after the vendor's pages. Each condition is violated singly; a refused form leaves nothing. */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { after, before, describe, it } from "node:test";
import type { ByteSource } from "../../../src/core/ports.ts";
import { alt, type Keys, lgreen, main, openWorld, type World } from "../helper.ts";

// biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in forms
const variable = "${filename}";

type Fields = [name: string, value: string][];
const boundary = "----formBoundary7MA4YWxk";
const type = `multipart/form-data; boundary=${boundary}`;
const stamp = "20261121T120000Z";
const scope = "20261121/us-east-1/s3/aws4_request";

function formOf(fields: Fields, file: string | undefined, more = 'filename="photo.txt"'): string {
  const parts = fields.map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join("");
  const last = file === undefined ? "" : `--${boundary}\r\nContent-Disposition: form-data; name="file"; ${more}\r\nContent-Type: image/png\r\n\r\n${file}\r\n`;
  return `${parts}${last}--${boundary}--\r\n`;
}
const expiration = "2026-11-21T12:10:00.000Z";
const policyOf = (conditions: unknown, members: object = { expiration }): string => Buffer.from(JSON.stringify({ ...members, conditions })).toString("base64");
const v2 = (policy: string, keys: Keys = main): Fields => [
  ["AWSAccessKeyId", keys.id],
  ["policy", policy],
  ["signature", createHmac("sha1", keys.secret).update(policy).digest("base64")],
];
const v4Fields = (keys: Keys = main, inScope = scope): Fields => [
  ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
  ["X-Amz-Credential", `${keys.id}/${inScope}`],
  ["X-Amz-Date", stamp],
];
function v4(policy: string, keys: Keys = main, inScope = scope): Fields {
  const key = inScope.split("/").reduce<Buffer>((derived, step) => createHmac("sha256", derived).update(step).digest(), Buffer.from(`AWS4${keys.secret}`));
  return [...v4Fields(keys, inScope), ["policy", policy], ["X-Amz-Signature", createHmac("sha256", key).update(policy).digest("hex")]];
}
const v4Conditions = v4Fields().map(([name, value]) => ({ [name]: value }));
const bucketAndKey = [{ bucket: "forms" }, ["starts-with", "$key", ""]];

let world: World;
before(async () => {
  world = await openWorld();
  for (const [bucket, acl] of [
    ["forms", "private"],
    ["open", "public-read-write"],
  ] as const)
    await world.ask({ method: "PUT", target: `/${bucket}`, headers: { "x-amz-acl": acl } });
});
after(() => world.close());

type Extra = { bucket?: string; headers?: Record<string, string>; query?: string; filePart?: string; host?: string };
const post = (fields: Fields, file: string | undefined = "bytes", { bucket = "forms", headers = {}, query = "", filePart, host }: Extra = {}) =>
  world.ask({
    method: "POST",
    target: `${host === undefined ? `/${bucket}` : "/"}${query}`,
    as: null,
    headers: { "content-type": type, ...headers },
    body: formOf(fields, file, filePart),
    ...(host === undefined ? {} : { host }),
  });
const get = (key: string, bucket = "forms") => world.ask({ method: "GET", target: `/${bucket}/${key}` });
const keysIn = async (bucket: string): Promise<string> => (await world.ask({ method: "GET", target: `/${bucket}?versions` })).text;

async function refused(status: number, code: string, fields: Fields, file?: string, extra: Extra = {}): Promise<string> {
  const before = await keysIn(extra.bucket ?? "forms");
  const answer = await post(fields, file, extra);
  assert.deepEqual([answer.status, answer.code], [status, code], answer.text);
  assert.equal(await keysIn(extra.bucket ?? "forms"), before, "something was stored");
  return answer.text;
}

describe("PostObject stores", () => {
  it("what a V2 or V4 policy allows, with headers, metadata, ACL and the name of the file", async () => {
    const object: Fields = [
      ["key", `in/${variable}`],
      ["acl", "public-read"],
      ["Content-Type", "text/css"],
      ["Cache-Control", "no-store"],
      ["x-amz-meta-Who", "zoë"],
      ["x-amz-website-redirect-location", "/there"],
      ["x-ignore-me", "1"],
    ];
    const named = [
      ...bucketAndKey,
      { acl: "public-read" },
      ["eq", "$content-type", "text/css"],
      ["starts-with", "$Cache-Control", "no-"],
      ["eq", "$x-amz-meta-who", "zoë"],
      ["eq", "$x-amz-website-redirect-location", "/there"],
    ];
    for (const [scheme, fields] of [
      ["v2", v2(policyOf(named))],
      ["v4", v4(policyOf([...named, ...v4Conditions]))],
    ] as const) {
      const answer = await post([...object, ...fields], scheme, { filePart: 'filename="C:\\dir\\é.css"' });
      assert.deepEqual([answer.status, answer.text, answer.operation], [204, "", "PostObject"]);
      const read = await world.ask({ method: "GET", target: "/forms/in/%C3%A9.css", as: null });
      assert.deepEqual([read.status, read.text, read.headers.get("content-type"), read.headers.get("cache-control")], [200, scheme, "text/css", "no-store"]);
      assert.equal(read.headers.get("x-amz-meta-who"), "zoë");
      assert.deepEqual([answer.headers.get("etag"), read.headers.get("x-amz-website-redirect-location")], [read.headers.get("etag"), "/there"]);
      await world.ask({ method: "DELETE", target: "/forms/in/%C3%A9.css" });
    }
  });

  it("grants in its fields, of accounts that there are", async () => {
    const grants: Fields = [
      ["key", "granted"],
      ["x-amz-grant-read", 'emailAddress="alt@amphora.test"'],
    ];
    const conditions = [...bucketAndKey, ["starts-with", "$x-amz-grant-read", ""]];
    assert.equal((await post([...grants, ...v2(policyOf(conditions))], "1")).status, 204);
    assert.equal((await world.ask({ method: "GET", target: "/forms/granted", as: alt })).text, "1");
    assert.equal((await world.ask({ method: "GET", target: "/forms/granted", as: null })).status, 403);
    await refused(400, "UnresolvableGrantByEmailAddress", [["key", "no"], ["x-amz-grant-read", "emailAddress=nobody@amphora.test"], ...v2(policyOf(conditions))]);
    await refused(400, "InvalidRequest", [["acl", "private"], ...grants, ...v2(policyOf([...conditions, { acl: "private" }]))]);
    await world.ask({ method: "DELETE", target: "/forms/granted" });
  });

  it("without a signature where everybody may write, and nowhere else", async () => {
    assert.equal((await post([["key", "anon"]], "a", { bucket: "open" })).status, 204);
    assert.equal((await get("anon", "open")).text, "a");
    await refused(403, "AccessDenied", [["key", "anon"]]);
    assert.equal((await post([["key", "k"]], "x", { bucket: "no-such-bucket" })).code, "NoSuchBucket");
  });

  it("answers 200, 201 with a document, 303 to a page, 204 to anything else", async () => {
    const ask = (fields: Fields, host?: string) => post([["key", "a b/c"], ...fields], "x", { bucket: "open", ...(host === undefined ? {} : { host }) });
    assert.deepEqual([(await ask([["success_action_status", "200"]])).status, (await ask([["success_action_status", "404"]])).status], [200, 204]);
    const made = await ask([["success_action_status", "201"]]);
    const location = "http://127.0.0.1:9000/open/a%20b%2Fc";
    assert.deepEqual([made.status, made.headers.get("location")], [201, location]);
    assert.deepEqual(
      made.xml().children.map(({ name, text }) => [name, text]),
      [
        ["Location", location],
        ["Bucket", "open"],
        ["Key", "a b/c"],
        ["ETag", made.headers.get("etag")],
      ],
    );
    assert.equal((await ask([["success_action_status", "201"]], "open.s3.localhost:9000")).headers.get("location"), "http://open.s3.localhost:9000/a%20b%2Fc");
    const sent = await ask([
      ["success_action_redirect", "https://app.example/done?x=1#top"],
      ["success_action_status", "201"],
    ]);
    assert.deepEqual(
      [sent.status, sent.headers.get("location")],
      [303, `https://app.example/done?x=1&bucket=open&key=a%20b%2Fc&etag=%22${made.headers.get("etag")?.slice(1, -1)}%22#top`],
    );
    assert.equal((await ask([["success_action_redirect", "javascript:alert(1)"]])).status, 204);
  });

  it("tags, a checksum and Content-MD5 from fields; a wrong digest stores nothing", async () => {
    const tagging = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
    assert.equal(
      (
        await post(
          [
            ["key", "digest"],
            ["tagging", tagging],
            ["x-amz-checksum-crc32", "i9aeUg=="],
          ],
          "hi",
          { bucket: "open" },
        )
      ).code,
      "BadDigest",
    );
    assert.equal((await get("digest", "open")).status, 404);
    assert.equal(
      (
        await post(
          [
            ["key", "digest"],
            ["tagging", tagging],
            ["Content-MD5", "SfaL/Br49rOgt7yF/yeKZA=="],
          ],
          "hi",
          { bucket: "open" },
        )
      ).code,
      "BadDigest",
    );
    const md5 = createHash("md5").update("hi").digest("base64");
    assert.equal(
      (
        await post(
          [
            ["key", "md5"],
            ["Content-MD5", md5],
          ],
          "hi",
          { bucket: "open" },
        )
      ).status,
      204,
    );
    const made = await post(
      [
        ["key", "digest"],
        ["tagging", tagging],
        ["x-amz-checksum-sha256", "j0NDRmSPa5bfid2pAcUXaxCm2Dlh3TwayItZstwyeqQ="],
      ],
      "hi",
      { bucket: "open" },
    );
    assert.equal(made.status, 204, made.text);
    const summed = (value: string) =>
      post(
        [
          ["key", "xxhash"],
          ["x-amz-checksum-xxhash128", value],
        ],
        "hi",
        { bucket: "open" },
      );
    assert.equal((await summed("AAAAAAAAAAAAAAAAAAAAAA==")).code, "BadDigest");
    const { status, headers } = await summed("fVls5fyrr2IqIwC71+pumg==");
    assert.deepEqual([status, headers.get("x-amz-checksum-xxhash128")], [204, "fVls5fyrr2IqIwC71+pumg=="]);
    assert.match((await world.ask({ method: "GET", target: "/open/digest?tagging" })).text, /<Key>a<\/Key><Value>b<\/Value>/);
  });

  it("lengths at the ends of the range, an empty file among them", async () => {
    const sized = (min: unknown, max: unknown, file: string) => post([["key", "sized"], ...v2(policyOf([...bucketAndKey, ["content-length-range", min, max]]))], file);
    for (const file of ["ab", "abcd"]) assert.equal((await sized(2, 4, file)).status, 204);
    assert.equal((await sized("0", "0", "")).status, 204);
    assert.equal((await get("sized")).text, "");
  });
});

describe("PostObject refuses", () => {
  const key: Fields = [["key", "never"]];
  const signed = (conditions: unknown[], ...more: Fields): Fields => [...key, ...more, ...v2(policyOf(conditions))];

  it("each condition that does not hold", async () => {
    const cases: [conditions: unknown[], fields: Fields][] = [
      [[{ bucket: "other" }, ["starts-with", "$key", ""]], []],
      [[{ bucket: "forms" }, ["starts-with", "$key", "user/"]], []],
      [[{ bucket: "forms" }, ["eq", "$key", "never "]], []],
      [[{ bucket: "forms" }, { key: "Never" }], []],
      [[...bucketAndKey, { acl: "private" }], [["acl", "public-read"]]],
      [[...bucketAndKey, { acl: "private" }], []],
      [[...bucketAndKey, ["starts-with", "$Content-Type", "image/"]], [["Content-Type", "text/html"]]],
      [[...bucketAndKey, ["eq", "$x-amz-meta-a", "1"]], [["x-amz-meta-a", "2"]]],
      [[...bucketAndKey, ["eq", "$success_action_status", "201"]], [["success_action_status", "200"]]],
    ];
    for (const [conditions, fields] of cases)
      assert.match(await refused(403, "AccessDenied", signed(conditions, ...fields)), /Invalid according to Policy: Policy Condition failed/);
  });

  it("each field that no condition names", async () => {
    const cases: [string, string][] = [
      ["acl", "private"],
      ["Content-Type", "a/b"],
      ["x-amz-meta-a", "1"],
      ["success_action_redirect", "http://a/"],
      ["x-amz-storage-class", "STANDARD"],
      ["submit", "Upload"],
    ];
    for (const field of cases) assert.match(await refused(403, "AccessDenied", signed(bucketAndKey, field)), new RegExp(`Extra input fields: ${field[0].toLowerCase()}`));
    assert.match(await refused(403, "AccessDenied", signed([["starts-with", "$key", ""]])), /Extra input fields: bucket/);
    assert.match(await refused(403, "AccessDenied", signed([{ bucket: "forms" }])), /Extra input fields: key/);
    await refused(403, "AccessDenied", [...key, ...v4(policyOf(bucketAndKey))]);
  });

  it("a policy that is none, is over, or says things nobody knows", async () => {
    const bad = (policy: string) => refused(400, "InvalidPolicyDocument", [...key, ...v2(policy)]);
    for (const policy of ["%%%", "bm8=", Buffer.from("[]").toString("base64")]) await bad(policy);
    for (const members of [{}, { expiration: "tomorrow" }, { expiration: 5 }]) await bad(policyOf(bucketAndKey, members));
    for (const conditions of [
      undefined,
      {},
      [{}],
      [{ a: "1", b: "2" }],
      [{ acl: 1 }],
      [["like", "$key", "a"]],
      [["eq", "$key"]],
      [["eq", 1, "a"]],
      ["eq"],
      [["in", "$key", ["never"]]],
    ])
      await bad(policyOf(conditions));
    for (const range of [[0], [-1, 0], ["a", "b"], [0, 1, 2], [0.5, 1]]) await bad(policyOf([...bucketAndKey, ["content-length-range", ...range]]));
    assert.match(await refused(403, "AccessDenied", [...key, ...v2(policyOf(bucketAndKey, { expiration: "2026-11-21T11:59:59.999Z" }))]), /Policy expired/);
  });

  it("a file that is too long or too short, and keeps nothing of it", async () => {
    const sized = (min: number, max: number) => signed([...bucketAndKey, ["content-length-range", min, max]]);
    await refused(400, "EntityTooLarge", sized(0, 4), "bytes");
    await refused(400, "EntityTooLarge", sized(0, 5_000_000), "b".repeat(5_000_001));
    await refused(400, "EntityTooSmall", sized(6, 10), "bytes");
    await refused(400, "EntityTooSmall", sized(1, 10), "");
    await refused(400, "EntityTooLarge", signed([...bucketAndKey, ["content-length-range", 0, 100], ["content-length-range", 0, 3]]), "bytes");
  });

  it("signatures that are wrong, unknown or half there, with nothing of the file read", async () => {
    const policy = policyOf(bucketAndKey);
    await refused(403, "SignatureDoesNotMatch", [...key, ...v2(policy, { ...main, secret: "wrong" })]);
    await refused(403, "SignatureDoesNotMatch", [...key, ...v4(policyOf([...bucketAndKey, ...v4Conditions]), { ...main, secret: "wrong" })]);
    await refused(403, "SignatureDoesNotMatch", [
      ...key,
      ...v2(policy).map(([name, value]): [string, string] => [name, name === "policy" ? policyOf([...bucketAndKey, { acl: "private" }]) : value]),
    ]);
    await refused(403, "InvalidAccessKeyId", [...key, ...v2(policy, { ...main, id: "nobody" })]);
    await refused(403, "AccessDenied", [...key, ...v2(policy, alt)]);
    for (const missing of ["AWSAccessKeyId", "policy", "signature"])
      assert.match(await refused(400, "InvalidArgument", [...key, ...v2(policy).filter(([name]) => name !== missing)], "x", { bucket: "open" }), new RegExp(`named '${missing}'`));
    for (const missing of ["X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature", "X-Amz-Algorithm", "policy"])
      await refused(400, "InvalidArgument", [...key, ...v4(policy).filter(([name]) => name !== missing)], "x", { bucket: "open" });
    for (const wrong of ["20261120/us-east-1/s3/aws4_request", "20261121/us-east-1/iam/aws4_request", "20261121/us-east-1/s3/aws5_request"])
      await refused(400, "AuthorizationQueryParametersError", [...key, ...v4(policy, main, wrong)]);
    await refused(400, "InvalidToken", [...key, ["x-amz-security-token", "t"], ...v2(policyOf([...bucketAndKey, { "x-amz-security-token": "t" }]))]);
    let reads = 0;
    const head = Buffer.from(formOf([...key, ...v2(policy, { ...main, secret: "wrong" })], "").slice(0, -`\r\n--${boundary}--\r\n`.length));
    const body: ByteSource = { read: async () => (reads++ === 0 ? head : assert.fail("the file was read")), close() {} };
    const headers = { host: "127.0.0.1", "content-type": type };
    const reply = await world.s3.serve({
      id: 1,
      method: "POST",
      rawPath: "/forms",
      rawQuery: "",
      query: [],
      headers,
      rawHeaders: Object.entries(headers).flat(),
      host: "127.0.0.1",
      hostHeader: "127.0.0.1",
      secure: false,
      remoteAddress: "127.0.0.1",
      contentLength: 1 << 30,
      body,
      expectsContinue: false,
      signal: new AbortController().signal,
      receivedMs: 0,
    });
    assert.deepEqual([reply.status, reads], [403, 1]);
  });

  it("two ways of saying who sends it, and headers that no policy covers", async () => {
    const policy = policyOf(bucketAndKey);
    await refused(400, "InvalidArgument", [...key, ...v2(policy), ...v4(policy).filter(([name]) => name !== "policy")]);
    await refused(400, "InvalidArgument", [...key, ...v2(policy), ["OSSAccessKeyId", "a"]]);
    await refused(400, "InvalidArgument", [...key, ...v2(policy)], "x", { headers: { authorization: "AWS a:b" } });
    await refused(400, "InvalidArgument", [...key, ...v2(policy)], "x", { query: "?X-Amz-Signature=1" });
    await refused(403, "AccessDenied", [...key, ...v2(policy)], "x", { headers: { "x-amz-acl": "public-read" } });
    // A signed form is good for this operation alone.
    for (const query of ["?delete", "?delete=1", "?acl"])
      assert.notEqual((await post([...key, ...v2(policy)], "<Delete><Object><Key>sized</Key></Object></Delete>", { query })).status, 200);
    assert.equal((await get("sized")).status, 200);
  });

  it("what is not served, by name: tags in a header, the other vendor's fields", async () => {
    for (const [name, value] of [
      ["x-amz-tagging", "a=b"],
      ["x-oss-object-acl", "private"],
    ] as const) {
      const text = await refused(
        501,
        "NotImplemented",
        [
          ["key", "k"],
          [name, value],
        ],
        "x",
        { bucket: "open" },
      );
      assert.match(text, new RegExp(name));
    }
    await refused(
      400,
      "InvalidArgument",
      [
        ["key", "k"],
        ["x-amz-server-side-encryption-customer-key", "k"],
      ],
      "x",
      { bucket: "open" },
    );
    await refused(
      400,
      "InvalidArgument",
      [
        ["key", "k"],
        ["acl", "everyone"],
      ],
      "x",
      { bucket: "open" },
    );
  });

  it("forms that are none", async () => {
    await refused(400, "InvalidArgument", [], "x", { bucket: "open" });
    await refused(400, "InvalidArgument", [["key", ""]], "x", { bucket: "open" });
    await refused(
      400,
      "InvalidArgument",
      [
        ["key", "a"],
        ["Key", "b"],
      ],
      "x",
      { bucket: "open" },
    );
    await refused(
      400,
      "InvalidArgument",
      [
        ["key", "k"],
        ["Cache-Control", "a\r\nx: y"],
      ],
      "x",
      { bucket: "open" },
    );
    await refused(400, "KeyTooLongError", [["key", "k".repeat(1025)]], "x", { bucket: "open" });
    await refused(
      400,
      "MaxPostPreDataLengthExceeded",
      [
        ["key", "k"],
        ["x-ignore-a", "x".repeat(65536)],
      ],
      "x",
      { bucket: "open" },
    );
    const raw = (body: string, contentType = type) => world.ask({ method: "POST", target: "/open", as: null, headers: { "content-type": contentType }, body });
    assert.deepEqual(
      [(await raw(formOf([["key", "k"]], undefined))).code, (await raw(formOf([["key", "k"]], "x").slice(0, -4))).code],
      ["InvalidArgument", "MalformedPOSTRequest"],
    );
    const none = await raw("a=b", "application/x-www-form-urlencoded");
    assert.deepEqual([none.status, none.code], [412, "PreconditionFailed"]);
    assert.equal((await raw(formOf([["key", "k"]], "x"), "multipart/form-data")).status, 412);
    assert.equal((await get("k", "open")).status, 404);
    assert.deepEqual(world.logged, []);
  });
});

it("HCP takes forms in its own words: both signatures (V2 wins), a missing key, a tenant that is not there", async () => {
  const hcp = await openWorld("hcp");
  await hcp.ask({ method: "PUT", target: "/forms" });
  const ask = (fields: Fields, more: object = {}) => hcp.ask({ method: "POST", target: "/forms", as: null, headers: { "content-type": type }, body: formOf(fields, "h"), ...more });
  const policy = policyOf([...bucketAndKey, ...v4Fields(lgreen).map(([name, value]) => ({ [name]: value }))]);
  assert.equal((await ask([["key", "k1"], ...v4(policy, lgreen)])).status, 204);
  assert.equal((await ask([["key", "k2"], ...v2(policy, lgreen), ...v4(policy, lgreen).filter(([name]) => name !== "policy")])).status, 204);
  assert.equal((await hcp.ask({ method: "GET", target: "/forms/k2" })).text, "h");
  const missing = await ask(v2(policyOf([{ bucket: "forms" }]), lgreen));
  assert.deepEqual([missing.status, missing.code], [400, "UserKeyMustBeSpecified"]);
  const elsewhere = await ask([["key", "k3"], ...v2(policy, lgreen)], { host: "nowhere.hcp.example.com" });
  assert.equal(elsewhere.status, 403);
  await hcp.close();
});
