import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "./exits.ts";
import { findProfile, readIni } from "./profiles.ts";

const files: Record<string, string> = {
  "/h/.aws/credentials":
    "[default]\naws_access_key_id = AK1\naws_secret_access_key=SK1\n# no\n[work]\naws_access_key_id=AK2\naws_secret_access_key=a=b/c+d\naws_session_token=T2\n",
  "/h/.aws/config":
    "[default]\nregion = eu-west-1\ns3 =\n  region = nested\n[profile work]\nregion=us-west-2\nendpoint_url = https://s3.example.com\n[profile sso]\nsso_session=x\n",
  "/h/.ossutilconfig":
    "[Credentials]\nlanguage=EN\nendpoint=oss-cn-hangzhou.aliyuncs.com\naccessKeyID=OAK\naccessKeySecret=OSK\n[profile two]\naccessKeyId=OAK2\naccessKeySecret=OSK2\nregion=cn-beijing\n",
  "/h/.amphora-profiles": "[lab]\nendpoint = https://europe.hcp.example.com\nusername = lgreen\npassword = p4ssw0rd\n",
};
const sources = (env: Record<string, string> = {}, more: Record<string, string> = {}) => ({ env, home: "/h", readFile: (path: string) => ({ ...files, ...more })[path] });

test("sections, comments, and what is nested, are read as these files mean them", () => {
  assert.deepEqual(
    [...readIni("; c\n[ a ]\nx_y = 1 \n  deep = 2\n[profile b]\nX-Y=\n")],
    [
      ["a", { xy: "1" }],
      ["b", { xy: "" }],
    ],
  );
});

test("S3: the environment before the files; a named profile before both", () => {
  assert.deepEqual(findProfile("s3", {}, sources()), { credentials: { accessKeyId: "AK1", secretAccessKey: "SK1" }, region: "eu-west-1" });
  const env = { AWS_ACCESS_KEY_ID: "E", AWS_SECRET_ACCESS_KEY: "S", AWS_SESSION_TOKEN: "T", AWS_DEFAULT_REGION: "r1", AWS_ENDPOINT_URL: "https://e" };
  assert.deepEqual(findProfile("s3", {}, sources(env)), { credentials: { accessKeyId: "E", secretAccessKey: "S", sessionToken: "T" }, region: "r1", endpoint: "https://e" });
  const { AWS_DEFAULT_REGION: _, AWS_ENDPOINT_URL: __, ...keysOnly } = env;
  assert.equal(findProfile("s3", {}, sources(keysOnly)).region, "eu-west-1");
  const work = { credentials: { accessKeyId: "AK2", secretAccessKey: "a=b/c+d", sessionToken: "T2" }, region: "us-west-2", endpoint: "https://s3.example.com" };
  assert.deepEqual(findProfile("s3", { profile: "work" }, sources(env)), work);
  assert.deepEqual(findProfile("s3", {}, sources({ AWS_PROFILE: "work" })), work);
});

test("OSS: ossutil's files of both generations, and its environment", () => {
  assert.deepEqual(findProfile("oss", {}, sources()), { credentials: { accessKeyId: "OAK", secretAccessKey: "OSK" }, endpoint: "oss-cn-hangzhou.aliyuncs.com" });
  assert.deepEqual(findProfile("oss", { profile: "two" }, sources()), { credentials: { accessKeyId: "OAK2", secretAccessKey: "OSK2" }, region: "cn-beijing" });
  const env = { OSS_ACCESS_KEY_ID: "E", OSS_ACCESS_KEY_SECRET: "S", OSS_REGION: "cn-x" };
  assert.deepEqual(findProfile("oss", {}, sources(env)), { credentials: { accessKeyId: "E", secretAccessKey: "S" }, region: "cn-x" });
});

test("HCP: a user's name and password, from the environment or our own file", () => {
  const credentials = { accessKeyId: "bGdyZWVu", secretAccessKey: "2a9d119df47ff993b662a8ef36f9ea20" };
  assert.deepEqual(findProfile("hcp", { profile: "lab" }, sources()), { credentials, endpoint: "https://europe.hcp.example.com" });
  assert.deepEqual(findProfile("hcp", {}, sources({ HCP_USERNAME: "lgreen", HCP_PASSWORD: "p4ssw0rd" })), { credentials });
  assert.deepEqual(findProfile("hcp", { file: "/other", profile: "p" }, sources({}, { "/other": "[p]\naccess_key_id=a\nsecret_access_key=b\n" })), {
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
});

test("what is missing is said, with what to do", () => {
  const refused = (words: RegExp, ...args: Parameters<typeof findProfile>): void =>
    assert.throws(
      () => findProfile(...args),
      (error) => error instanceof UsageError && words.test(error.message),
    );
  refused(/no profile nowhere for s3/, "s3", { profile: "nowhere" }, sources());
  refused(/has no keys.*export-credentials --profile sso/, "s3", { profile: "sso" }, sources());
  refused(/set HCP_USERNAME and HCP_PASSWORD/, "hcp", {}, sources());
  refused(/no profile file \/gone/, "oss", { file: "/gone", profile: "x" }, sources());
});
