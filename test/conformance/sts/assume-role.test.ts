/** The issuer's own API, in RAM's form and in AWS's: answers, who may become what, and every refusal in the form's words. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accountId, keyOf, openStsWorld, type StsWorld, uid } from "./helper.ts";

let world: StsWorld;
before(async () => {
  world = await openStsWorld();
});
after(() => world.close());
const ann = keyOf("ann");
const ramRole = (role: string) => ({ Action: "AssumeRole", RoleArn: `acs:ram::${uid}:role/${role}`, RoleSessionName: "app-1" });
const awsRole = (role: string) => ({ Action: "AssumeRole", RoleArn: `arn:aws:iam::${accountId}:role/${role}`, RoleSessionName: "app-1" });

test("AssumeRole in RAM's form answers in JSON or XML, by POST or GET, at the endpoint and at the root", async () => {
  for (const [method, path] of [
    ["POST", "/-/sts"],
    ["GET", "/-/sts"],
    ["POST", "/"],
    ["GET", "/"],
  ] as const) {
    const answer = await world.rpc(ramRole("reader"), ann, { method, path });
    assert.equal(answer.status, 200, answer.text);
    const { RequestId, AssumedRoleUser, Credentials } = answer.json();
    assert.match(String(RequestId), /^[0-9a-f-]{36}$/);
    assert.equal(AssumedRoleUser?.Arn, `acs:ram::${uid}:role/reader/app-1`);
    assert.match(AssumedRoleUser?.AssumedRoleId ?? "", /^AMPR[A-Z2-7]{16}:app-1$/);
    assert.match(Credentials?.AccessKeyId ?? "", /^STS\.[A-Z2-7]{24}$/);
    assert.equal(Credentials?.Expiration, "2026-11-28T13:00:00Z");
  }
  const xml = await world.rpc(ramRole("reader"), ann, { format: "XML" });
  assert.match(xml.text, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<AssumeRoleResponse><RequestId>/);
  assert.match(xml.element("AccessKeyId") ?? "", /^STS\./);
});

test("AssumeRole in AWS's form answers in XML, at the endpoint and at the root", async () => {
  for (const path of ["/-/sts", "/-/sts/", "/"]) {
    const answer = await world.query(awsRole("reader"), ann, { path });
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.text, /<AssumeRoleResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/"><AssumeRoleResult><Credentials>/);
    assert.match(answer.element("AccessKeyId") ?? "", /^ASIA[A-Z2-7]{24}$/);
    assert.deepEqual([answer.element("Arn"), answer.element("Expiration")], [`arn:aws:sts::${accountId}:assumed-role/reader/app-1`, "2026-11-28T13:00:00Z"]);
  }
});

test("GetCallerIdentity says who asks, as the form names them", async () => {
  const of = async (key: Parameters<StsWorld["query"]>[1] & object): Promise<unknown[]> => {
    const aws = await world.query({ Action: "GetCallerIdentity" }, key);
    const ram = (await world.rpc({ Action: "GetCallerIdentity" }, key)).json();
    return [aws.element("Account"), aws.element("Arn"), ram.AccountId, ram.Arn, ram.IdentityType];
  };
  assert.deepEqual(await of(keyOf("main")), [accountId, `arn:aws:iam::${accountId}:root`, uid, `acs:ram::${uid}:root`, "Account"]);
  assert.deepEqual(await of(ann), [accountId, `arn:aws:iam::${accountId}:user/ann`, uid, `acs:ram::${uid}:user/ann`, "RAMUser"]);
  const role = await world.assume("query", "reader", ann);
  assert.deepEqual(await of(role), [
    accountId,
    `arn:aws:sts::${accountId}:assumed-role/reader/test-session`,
    uid,
    `acs:ram::${uid}:assumed-role/reader/test-session`,
    "AssumedRoleUser",
  ]);
});

test("GetSessionToken gives a key of the caller's own, for 12 hours, and none to who came with one", async () => {
  const answer = await world.query({ Action: "GetSessionToken" }, ann);
  assert.deepEqual([answer.status, answer.element("Expiration")], [200, "2026-11-29T00:00:00Z"]);
  const temporary = { accessKeyId: answer.element("AccessKeyId") ?? "", secretAccessKey: answer.element("SecretAccessKey") ?? "", token: answer.element("SessionToken") ?? "" };
  assert.equal((await world.query({ Action: "GetCallerIdentity" }, temporary)).element("Arn"), `arn:aws:iam::${accountId}:user/ann`);
  assert.equal((await world.query({ Action: "GetSessionToken" }, temporary)).code, "AccessDenied");
});

test("who may become a role: its trust, and where that names the account only, a policy of theirs; a denial binds", async () => {
  const cases: [user: string, role: string, isLet: boolean, more?: Record<string, string>][] = [
    ["main", "reader", true],
    ["ann", "reader", true],
    ["ann", "writer", true],
    ["bob", "reader", false],
    ["eve", "reader", false],
    ["eve", "writer", true],
    ["carl", "named", true],
    ["carl", "reader", false],
    ["ann", "named", false],
    ["other", "reader", false],
    ["ann", "abroad", false],
    ["dan", "abroad", false],
    ["fay", "abroad", true],
    ["ann", "external", false],
    ["ann", "external", false, { ExternalId: "other" }],
    ["ann", "external", true, { ExternalId: "magic" }],
  ];
  for (const [user, role, isLet, more = {}] of cases) {
    const [aws, ram] = [await world.query({ ...awsRole(role), ...more }, keyOf(user)), await world.rpc({ ...ramRole(role), ...more }, keyOf(user))];
    assert.deepEqual([aws.status, ram.status], isLet ? [200, 200] : [403, 403], `${user} ${role}: ${aws.text} ${ram.text}`);
    if (!isLet) assert.deepEqual([aws.code, ram.code], ["AccessDenied", "NoPermission"]);
  }
  const writer = await world.assume("rpc", "writer", ann);
  assert.equal((await world.query(awsRole("chained"), writer)).status, 200);
  assert.equal((await world.query({ ...awsRole("chained"), DurationSeconds: "3601" }, writer)).code, "ValidationError");
  assert.equal((await world.query(awsRole("reader"), writer)).code, "AccessDenied");
  const narrowed = await world.assume("rpc", "writer", ann, { Policy: JSON.stringify({ Version: "1", Statement: [{ Effect: "Allow", Action: "oss:*", Resource: "*" }] }) });
  assert.equal((await world.query(awsRole("chained"), narrowed)).code, "AccessDenied");
});

test("AWS's form: what is wrong is refused in its words", async () => {
  const session = { ...awsRole("reader") };
  const cases: [parameters: Record<string, string>, status: number, code: string][] = [
    [{ ...session, RoleArn: `arn:aws:iam::${accountId}:role/none` }, 403, "AccessDenied"],
    [{ ...session, RoleArn: "nonsense" }, 400, "ValidationError"],
    [{ ...session, RoleSessionName: "a b" }, 400, "ValidationError"],
    [{ ...session, DurationSeconds: "899" }, 400, "ValidationError"],
    [{ ...session, DurationSeconds: "3601" }, 400, "ValidationError"],
    [{ ...session, DurationSeconds: "long" }, 400, "ValidationError"],
    [{ ...session, Policy: "{" }, 400, "MalformedPolicyDocument"],
    [{ ...session, Policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}' }, 400, "MalformedPolicyDocument"],
    [{ ...session, Policy: " ".repeat(2_049) }, 400, "ValidationError"],
    [{ ...session, "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess" }, 400, "ValidationError"],
    [{ ...session, "Tags.member.1.Key": "a" }, 400, "ValidationError"],
    [{ Action: "AssumeRoleWithWebIdentity" }, 400, "InvalidAction"],
    [{ ...session, Version: "2012-01-01" }, 400, "InvalidAction"],
    [{}, 400, "MissingAction"],
  ];
  for (const [parameters, status, code] of cases) {
    const answer = await world.query(parameters, ann);
    assert.deepEqual([answer.status, answer.code], [status, code], JSON.stringify(parameters));
    assert.match(answer.text, /<ErrorResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/"><Error><Type>Sender<\/Type>/);
  }
  assert.equal((await world.query(session, null)).code, "MissingAuthenticationToken");
  assert.equal((await world.query(session, { ...ann, accessKeyId: "nobody" })).code, "InvalidClientTokenId");
  assert.equal((await world.query(session, { ...ann, secretAccessKey: "wrong" })).code, "SignatureDoesNotMatch");
  assert.equal((await world.query(session, ann, { service: "s3" })).code, "SignatureDoesNotMatch");
  assert.equal((await world.query(session, ann, { tamper: (body) => body.replace("app-1", "app-2") })).code, "SignatureDoesNotMatch");
  const used = await world.assume("query", "reader", ann);
  assert.equal((await world.query(session, { ...used, token: `${used.token.slice(0, -8)}AAAAAAA=` })).code, "InvalidClientTokenId");
});

test("RAM's form: what is wrong is refused in its words", async () => {
  const session = ramRole("reader");
  const cases: [parameters: Record<string, string>, status: number, code: string][] = [
    [{ ...session, RoleArn: `acs:ram::${uid}:role/none` }, 404, "EntityNotExist.Role"],
    [{ ...session, RoleArn: "nonsense" }, 400, "InvalidParameter.RoleArn"],
    [{ ...session, RoleSessionName: "" }, 400, "MissingRoleSessionName"],
    [{ ...session, RoleSessionName: "a b" }, 400, "InvalidParameter.RoleSessionName"],
    [{ ...session, DurationSeconds: "100" }, 400, "InvalidParameter.DurationSeconds"],
    [{ ...session, Policy: '{"Version":"1","Statement":[]}' }, 400, "InvalidParameter.PolicyGrammar"],
    [{ Action: "GetSessionToken" }, 404, "InvalidAction.NotFound"],
    [{ ...session, SignatureMethod: "HMAC-SHA256" }, 400, "InvalidParameter.SignatureMethod"],
    [{ ...session, Timestamp: "2026-11-28T11:44:59Z" }, 400, "InvalidTimeStamp.Expired"],
    [{ ...session, Timestamp: "now" }, 400, "InvalidParameter.Timestamp"],
    [{ ...session, AccessKeyId: "nobody" }, 404, "InvalidAccessKeyId.NotFound"],
    [{ ...session, AccessKeyId: "STS.NOBODY" }, 400, "MissingSecurityToken"],
    [{ ...session, SecurityToken: "AAAA" }, 400, "InvalidSecurityToken.Malformed"],
  ];
  for (const [parameters, status, code] of cases) {
    const answer = await world.rpc(parameters, ann);
    assert.deepEqual([answer.status, answer.code], [status, code], `${JSON.stringify(parameters)} ${answer.text}`);
  }
  const wrong = await world.rpc(session, { ...ann, secretAccessKey: "wrong" });
  assert.equal(wrong.code, "SignatureDoesNotMatch");
  assert.match(String(wrong.json().Message), /server string to sign is:POST&%2F&AccessKeyId/);
  assert.equal((await world.rpc(session, ann, { tamper: (all) => (all.RoleSessionName = "app-2") })).code, "SignatureDoesNotMatch");
  assert.match((await world.rpc({ ...session, RoleArn: "nonsense" }, ann, { format: "XML" })).text, /<Error><RequestId>.*<Code>InvalidParameter\.RoleArn<\/Code>/);
});
