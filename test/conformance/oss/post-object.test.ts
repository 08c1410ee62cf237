/** PostObject: browsers' forms, signed by hand after the vendor's page. Each condition is violated singly; a refused form leaves nothing. */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { type Keys, main, openWorld, other, region, user, type World } from "./helper.ts";

// biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in forms
const variable = "${filename}";

type Fields = [name: string, value: string][];
const boundary = "9431149156168";
const type = `multipart/form-data; boundary=${boundary}`;
const scope = `20261121/${region}/oss/aliyun_v4_request`;
const expiration = "2026-11-21T12:10:00.000Z";

function formOf(fields: Fields, file: string | undefined, fileType = "Content-Type: image/png\r\n"): string {
  const parts = fields.map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join("");
  const last = file === undefined ? "" : `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="photo.png"\r\n${fileType}\r\n${file}\r\n`;
  return `${parts}${last}--${boundary}\r\nContent-Disposition: form-data; name="submit"\r\n\r\nUpload\r\n--${boundary}--\r\n`;
}
const policyOf = (conditions: unknown, members: object = { expiration }): string => Buffer.from(JSON.stringify({ ...members, conditions })).toString("base64");
const sign = (algorithm: string, secret: string | Buffer, text: string): Buffer => createHmac(algorithm, secret).update(text).digest();

const v1 = (policy: string, keys: Keys = main): Fields => [
  ["OSSAccessKeyId", keys.id],
  ["policy", policy],
  ["Signature", sign("sha1", keys.secret, policy).toString("base64")],
];
const v2 = (policy: string, keys: Keys = main): Fields => [
  ["x-oss-signature-version", "OSS2"],
  ["x-oss-access-key-id", keys.id],
  ["policy", policy],
  ["x-oss-signature", sign("sha256", keys.secret, policy).toString("base64")],
];
function v4(policy: string, keys: Keys = main, inScope = scope): Fields {
  let key = sign("sha256", `aliyun_v4${keys.secret}`, inScope.split("/")[0] as string);
  for (const step of inScope.split("/").slice(1)) key = sign("sha256", key, step);
  return [
    ["x-oss-signature-version", "OSS4-HMAC-SHA256"],
    ["x-oss-credential", `${keys.id}/${inScope}`],
    ["x-oss-date", "20261121T120000Z"],
    ["policy", policy],
    ["x-oss-signature", sign("sha256", key, policy).toString("hex")],
  ];
}

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", path: "/forms/" });
  await world.ask({ method: "PUT", path: "/open/", headers: { "x-oss-acl": "public-read-write" } });
});
after(() => world.close());

type Extra = { bucket?: string; headers?: Record<string, string>; query?: Record<string, string>; fileType?: string; host?: string };
const post = (fields: Fields, file: string | undefined = "bytes", { bucket = "forms", headers = {}, query = {}, fileType, host }: Extra = {}) =>
  world.ask({
    method: "POST",
    path: host === undefined ? `/${bucket}/` : "/",
    as: null,
    headers: { "content-type": type, ...headers },
    query,
    body: formOf(fields, file, fileType),
    ...(host === undefined ? {} : { host }),
  });
const get = (key: string, bucket = "forms") => world.ask({ method: "GET", path: `/${bucket}/${key}` });
const stored = async (bucket: string): Promise<string> =>
  (await world.ask({ method: "GET", path: `/${bucket}/`, query: { versions: "" } })).text.replace(/<RequestId>.*?<\/RequestId>/, "");

async function refused(status: number, code: string, fields: Fields, file?: string, extra: Extra = {}): Promise<string> {
  const before = await stored(extra.bucket ?? "forms");
  const answer = await post(fields, file, extra);
  assert.deepEqual([answer.status, answer.code], [status, code], answer.text);
  assert.equal(await stored(extra.bucket ?? "forms"), before, "something was stored");
  return answer.text;
}
const key: Fields = [["key", "never"]];

test("PostObject stores what a V1, V2 or V4 policy allows; fields that no condition names are let through", async () => {
  const conditions = [{ bucket: "forms" }, ["starts-with", "$key", "in/"], ["in", "$content-type", ["text/css"]], ["not-in", "$cache-control", ["no-cache"]]];
  for (const [scheme, fields] of [
    ["v1", v1(policyOf(conditions))],
    ["v2", v2(policyOf(conditions))],
    ["v4", v4(policyOf(conditions))],
  ] as const) {
    const answer = await post(
      [
        ["Key", `in/${variable}`],
        ["Content-Type", "text/css"],
        ["x-oss-content-type", "text/html"],
        ["Cache-Control", "no-store"],
        ["x-oss-meta-Who", "zoë"],
        ["x-oss-object-acl", "public-read"],
        ["x:var", "1"],
        ...fields,
      ],
      scheme,
    );
    assert.deepEqual([answer.status, answer.text, answer.operation], [204, "", "PostObject"]);
    const read = await world.ask({ method: "GET", path: "/forms/in/photo.png", as: null });
    assert.deepEqual([read.status, read.text, read.headers.get("content-type"), read.headers.get("cache-control")], [200, scheme, "text/html", "no-store"]);
    assert.equal(Buffer.from(read.headers.get("x-oss-meta-who") ?? "", "latin1").toString(), "zoë");
    assert.equal(answer.headers.get("etag"), `"${createHash("md5").update(scheme).digest("hex").toUpperCase()}"`);
    assert.equal(answer.headers.get("x-oss-hash-crc64ecma"), read.headers.get("x-oss-hash-crc64ecma"));
  }
});

test("PostObject takes the type of x-oss-content-type, of the file, of the field, in this order", async () => {
  const typed = async (fields: Fields, fileType?: string) => {
    assert.equal((await post([["key", "typed"], ...fields], "x", { bucket: "open", ...(fileType === undefined ? {} : { fileType }) })).status, 204);
    return (await get("typed", "open")).headers.get("content-type");
  };
  assert.equal(
    await typed([
      ["Content-Type", "a/b"],
      ["x-oss-content-type", "c/d"],
    ]),
    "c/d",
  );
  assert.equal(await typed([["Content-Type", "a/b"]]), "image/png");
  assert.equal(await typed([["Content-Type", "a/b"]], ""), "a/b");
  assert.equal(await typed([], ""), "application/octet-stream");
});

test("PostObject without a signature is for buckets that everybody may write", async () => {
  assert.equal((await post([["key", "anon"]], "a", { bucket: "open" })).status, 204);
  assert.equal((await get("anon", "open")).text, "a");
  await refused(403, "AccessDenied", [["key", "anon"]]);
  assert.equal((await post([["key", "k"]], "x", { bucket: "no-such-bucket" })).code, "NoSuchBucket");
});

test("PostObject answers 200, 201 with a document, 303 to a page, 204 to anything else", async () => {
  const ask = (fields: Fields, host?: string) => post([["key", "a b/c"], ...fields], "x", { bucket: "open", ...(host === undefined ? {} : { host }) });
  assert.deepEqual([(await ask([["success_action_status", "200"]])).status, (await ask([["success_action_status", "302"]])).status], [200, 204]);
  const made = await ask([["success_action_status", "201"]], "open.oss.example.com");
  const location = "http://open.oss.example.com/a%20b%2Fc";
  assert.deepEqual([made.status, made.headers.get("location")], [201, location]);
  assert.deepEqual(
    made.xml().children.map(({ name, text }) => [name, text]),
    [
      ["Bucket", "open"],
      ["ETag", made.headers.get("etag")],
      ["Key", "a b/c"],
      ["Location", location],
    ],
  );
  const sent = await ask([["success_action_redirect", "http://app.example/done"]]);
  assert.deepEqual([sent.status, sent.headers.get("location")], [303, `http://app.example/done?bucket=open&key=a%20b%2Fc&etag=%22${made.headers.get("etag")?.slice(1, -1)}%22`]);
});

test("PostObject refuses each condition that does not hold", async () => {
  const cases: [condition: unknown, fields: Fields][] = [
    [{ bucket: "other" }, []],
    [["starts-with", "$key", "user/"], []],
    [["eq", "$key", "Never"], []],
    [{ key: "nev" }, []],
    [["eq", "$success_action_status", "201"], [["success_action_status", "200"]]],
    [["eq", "$success_action_status", "201"], []],
    [["in", "$content-type", ["image/jpg", "image/png"]], [["Content-Type", "text/html"]]],
    [["not-in", "$cache-control", ["no-cache"]], [["Cache-Control", "no-cache"]]],
    [["eq", "$x-oss-object-acl", "private"], [["x-oss-object-acl", "public-read"]]],
    [["starts-with", "$x-oss-meta-a", "1"], [["x-oss-meta-a", "2"]]],
    [{ "x-oss-credential": "x" }, []],
  ];
  for (const [condition, fields] of cases) {
    for (const scheme of [v1, v4])
      assert.match(await refused(403, "AccessDenied", [...key, ...fields, ...scheme(policyOf([condition]))]), /Invalid according to Policy: Policy Condition failed/);
  }
});

test("PostObject refuses policies that are none, are over, or say things nobody knows", async () => {
  const bad = (policy: string) => refused(400, "InvalidPolicyDocument", [...key, ...v1(policy)]);
  await bad("%%%");
  assert.match(await bad(policyOf([], {})), /<EC>0006-00000208</);
  assert.match(await bad(policyOf([["not-in", "$cache-control", "no-cache"]])), /<EC>0006-00000224</);
  for (const conditions of [undefined, [{}], [{ a: "1", b: "2" }], [["like", "$key", "a"]], [["content-length-range", 1]], [["content-length-range", -1, 2]]])
    await bad(policyOf(conditions));
  assert.match(await refused(403, "AccessDenied", [...key, ...v1(policyOf([], { expiration: "2026-11-21T11:59:59Z" }))]), /Invalid according to Policy: Policy expired\./);
});

test("PostObject refuses files that are too long or too short", async () => {
  const sized = (min: number, max: number): Fields => [...key, ...v1(policyOf([["content-length-range", min, max]]))];
  await refused(400, "EntityTooLarge", sized(0, 4), "bytes");
  await refused(400, "EntityTooLarge", sized(0, 5_000_000), "b".repeat(5_000_001));
  await refused(400, "EntityTooSmall", sized(6, 10), "bytes");
  assert.equal((await post([["key", "sized"], ...v1(policyOf([["content-length-range", 5, 5]]))], "bytes")).status, 204);
});

test("PostObject refuses signatures that are wrong, unknown, foreign or half there", async () => {
  const policy = policyOf([]);
  for (const scheme of [v1, v2, v4]) {
    await refused(403, "SignatureDoesNotMatch", [...key, ...scheme(policy, { ...main, secret: "wrong" })]);
    await refused(403, "InvalidAccessKeyId", [...key, ...scheme(policy, { ...main, id: "nobody" })]);
    for (const keys of [other, user]) await refused(403, "AccessDenied", [...key, ...scheme(policy, keys)]);
    for (const [missing] of scheme(policy)) await refused(400, "InvalidArgument", [...key, ...scheme(policy).filter(([name]) => name !== missing)], "x", { bucket: "open" });
  }
  for (const wrong of [
    "20261120/cn-hangzhou/oss/aliyun_v4_request",
    "20261121/cn-beijing/oss/aliyun_v4_request",
    "20261121/cn-hangzhou/s3/aliyun_v4_request",
    "20261121/cn-hangzhou/oss/aws4_request",
  ])
    await refused(400, "InvalidArgument", [...key, ...v4(policy, main, wrong)]);
  await refused(403, "InvalidSecurityToken", [...key, ["x-oss-security-token", "t"], ...v1(policy)]);
  await refused(400, "InvalidArgument", [...key, ...v1(policy), ...v4(policy).filter(([name]) => name !== "policy")]);
  await refused(400, "InvalidArgument", [...key, ...v1(policy), ["AWSAccessKeyId", "a"]]);
  await refused(400, "InvalidArgument", [...key, ...v1(policy), ["x-amz-acl", "private"]]);
  await refused(400, "InvalidArgument", [...key, ...v1(policy)], "x", { headers: { authorization: "OSS a:b" } });
  await refused(400, "InvalidArgument", [...key, ...v1(policy)], "x", { query: { "x-oss-signature": "1" } });
  await refused(403, "AccessDenied", [...key, ...v1(policy)], "x", { headers: { "x-oss-object-acl": "public-read" } });
});

test("a signed form is good for PostObject alone", async () => {
  const erase = "<Delete><Object><Key>sized</Key></Object></Delete>";
  for (const query of [{ delete: "" }, { delete: "1" }] as Record<string, string>[]) assert.notEqual((await post([...key, ...v1(policyOf([]))], erase, { query })).status, 200);
  assert.equal((await get("sized")).status, 200);
});

test("PostObject keeps what is there when x-oss-forbid-overwrite says so, and refuses by name what is not served", async () => {
  const once: Fields = [
    ["key", "once"],
    ["x-oss-forbid-overwrite", "true"],
  ];
  assert.equal((await post(once, "1", { bucket: "open" })).status, 204);
  await refused(409, "FileAlreadyExists", once, "2", { bucket: "open" });
  for (const name of ["callback", "x-oss-object-worm-mode"])
    assert.match(
      await refused(
        501,
        "NotImplemented",
        [
          ["key", "k"],
          [name, "x"],
        ],
        "x",
        { bucket: "open" },
      ),
      new RegExp(name),
    );
});

test("PostObject refuses forms that are none", async () => {
  const open = { bucket: "open" };
  await refused(400, "InvalidArgument", [], "x", open);
  await refused(
    400,
    "InvalidArgument",
    [
      ["key", "a"],
      ["KEY", "b"],
    ],
    "x",
    open,
  );
  await refused(400, "InvalidObjectName", [["key", "/k"]], "x", open);
  await refused(
    400,
    "FieldItemTooLong",
    [
      ["key", "k"],
      ["x:a", "x".repeat(65536)],
    ],
    "x",
    open,
  );
  const raw = (body: string, contentType = type) => world.ask({ method: "POST", path: "/open/", as: null, headers: { "content-type": contentType }, body });
  assert.equal((await raw(formOf([["key", "k"]], undefined))).code, "IncorrectNumberOfFilesInPOSTRequest");
  const whole = formOf([["key", "k"]], "x");
  assert.equal((await raw(whole.slice(0, whole.lastIndexOf("\r\nContent-Disposition") - 4))).code, "MalformedPOSTRequest");
  assert.equal((await raw("a=b", "text/plain")).code, "RequestIsNotMultiPartContent");
  assert.equal((await raw(formOf([["key", "k"]], "x"), "multipart/form-data;")).code, "RequestIsNotMultiPartContent");
  assert.equal((await get("k", "open")).status, 404);
});
