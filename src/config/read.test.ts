import assert from "node:assert/strict";
import { test } from "node:test";
import { parseBucketSpecs } from "./bucket-specs.ts";
import { configReference, serveHelp } from "./help.ts";
import { options } from "./options.ts";
import { addressList, type Environment, readSettings } from "./read.ts";
import { SettingsError } from "./values.ts";

const read = (args: string[], env: Environment = {}, files: Record<string, string> = {}) =>
  readSettings({
    args,
    env,
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(`ENOENT: ${path}`);
      return text;
    },
  });
const refusal = (...input: Parameters<typeof read>): string => {
  try {
    read(...input);
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    return error.message;
  }
  return assert.fail("was accepted");
};

test("flags come before the environment, the environment before the defaults", () => {
  assert.equal(read([]).port, 9000);
  assert.equal(read([], { AMPHORA_PORT: "1" }).port, 1);
  assert.equal(read(["--port", "2"], { AMPHORA_PORT: "1" }).port, 2);
  assert.equal(read(["--port=0"], { AMPHORA_PORT: "1" }).port, 0);
  assert.equal(read([], { AMPHORA_PORT: "" }).port, 9000);
  assert.deepEqual(read(["--domain", "A.example", "--domain=b.example,c.example."]).domains, ["a.example", "b.example", "c.example"]);
  assert.deepEqual(read(["--domain", "x.example"], { AMPHORA_DOMAIN: "y.example" }).domains, ["x.example"]);
  assert.equal(read(["--strict-region"]).strictRegion, true);
  assert.equal(read([], { AMPHORA_STRICT_REGION: "no" }).strictRegion, false);
  assert.equal(read(["--in-flight-bytes", "2MiB"]).inFlightBytesMax, 2 * 1024 * 1024);
  assert.equal(read(["--default-ownership", "none"]).defaultOwnership, "none");
});

test("a wrong flag or value is refused with what is right", () => {
  assert.match(refusal(["--prot", "1"]), /--prot, do you mean --port\?/);
  assert.match(refusal(["--zzzzzz"]), /unknown flag --zzzzzz \(see: amphora help serve\)/);
  assert.match(refusal(["--port"]), /--port needs a value/);
  assert.match(refusal(["--port", "--data", "x"]), /--port needs a value/);
  assert.match(refusal(["--port", "65536"]), /from 0 to 65535/);
  assert.match(refusal(["--port", "-1"]), /--port: "-1"|needs a value/);
  assert.match(refusal([], { AMPHORA_WORKERS: "0" }), /AMPHORA_WORKERS: "0" is not a whole number from 1/);
  assert.match(refusal(["--access-log", "xml"]), /one of off, json/);
  assert.match(refusal(["--disk-reserve", "1XB"]), /number of bytes/);
  assert.match(refusal(["--address", "example.com"]), /not an IP address/);
  assert.match(refusal(["--domain", "http://a"]), /not a domain name/);
  assert.match(refusal(["--region", "US"]), /not a region/);
  assert.match(refusal(["--public-url", "ftp://a"]), /http or https/);
  assert.match(refusal(["--trusted-proxy", "10.0.0.0/33"]), /not an address or CIDR/);
  assert.match(refusal(["data"]), /what is "data"\?/);
  assert.match(refusal(["--strict-region=perhaps"]), /neither true nor false/);
});

test("the root key is taken from one family of names, or from files", () => {
  const secret = "a-good-secret";
  const key = (env: Environment, files?: Record<string, string>) => {
    const { rootAccessKey, rootSecretKey } = read([], env, files);
    return [rootAccessKey, rootSecretKey];
  };
  assert.deepEqual(key({}), ["", ""]);
  for (const [id, secretName] of [
    ["AMPHORA_ROOT_ACCESS_KEY", "AMPHORA_ROOT_SECRET_KEY"],
    ["MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"],
    ["OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET"],
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
  ] as const) {
    assert.deepEqual(key({ [id]: "somebody", [secretName]: secret }), ["somebody", secret]);
    assert.deepEqual(key({ [id]: "somebody", [`${secretName}_FILE`]: "f" }, { f: `${secret}\n` }), ["somebody", secret]);
    assert.match(refusal([], { [id]: "somebody" }), new RegExp(`${id} is set without ${secretName}`));
    assert.match(refusal([], { [id]: "somebody", [secretName]: secret, [`${secretName}_FILE`]: "f" }, { f: secret }), /keep one/);
  }
  assert.deepEqual(key({ AWS_ACCESS_KEY_ID: "cloud", AWS_SECRET_ACCESS_KEY: secret, MINIO_ROOT_USER: "mine", MINIO_ROOT_PASSWORD: secret }), ["mine", secret]);
  assert.deepEqual(key({ AWS_ACCESS_KEY_ID: "cloud", AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: "t" }), ["", ""], "temporary credentials of a cloud are left alone");
  assert.match(refusal([], { MINIO_ROOT_USER: "x", MINIO_ROOT_PASSWORD_FILE: "gone" }), /MINIO_ROOT_PASSWORD_FILE: ENOENT/);
});

test("a weak or well-known secret is refused, and not repeated in the message", () => {
  for (const [id, secret] of [
    ["minioadmin", "minioadmin"],
    ["user", "Password"],
    ["user", "short"],
    ["user12345", "user12345"],
  ] as const) {
    const message = refusal([], { MINIO_ROOT_USER: id, MINIO_ROOT_PASSWORD: secret });
    assert.match(message, /^MINIO_ROOT_PASSWORD: /);
    assert.ok(!message.includes(secret), message);
  }
  assert.match(refusal([], { MINIO_ROOT_USER: "a b", MINIO_ROOT_PASSWORD: "a-good-secret" }), /^MINIO_ROOT_USER: /);
});

test("bucket specs name buckets that every dialect accepts", () => {
  assert.deepEqual(parseBucketSpecs(["abc", "def:publicRead", "ghi:public-read-write", "jkl:public", "abc:private"]), [
    { name: "abc", acl: "private" },
    { name: "def", acl: "publicRead" },
    { name: "ghi", acl: "publicReadWrite" },
    { name: "jkl", acl: "publicRead" },
  ]);
  for (const wrong of ["ab", "Abc", "a.b", "-ab", "ab-", "a_b", `a${"b".repeat(63)}`, "", "../x", "abc:open", "abc:private:x"]) {
    assert.throws(() => parseBucketSpecs([wrong]), SettingsError, wrong);
    assert.match(refusal([`--buckets=x,${wrong || "a"}`]), /--buckets/);
  }
});

test("an address list holds what it was given", () => {
  const list = addressList(["10.0.0.0/8", "::1", "192.0.2.7"]);
  assert.deepEqual(
    [list.check("10.200.1.1"), list.check("11.0.0.1"), list.check("::1", "ipv6"), list.check("192.0.2.7"), list.check("192.0.2.8")],
    [true, false, true, true, false],
  );
});

test("help and reference name every setting", () => {
  for (const { flag, env } of options) {
    for (const text of [serveHelp(), configReference()]) {
      if (flag !== undefined) assert.ok(text.includes(`--${flag}`), flag);
      for (const name of env) assert.ok(text.includes(name), name);
    }
  }
  for (const line of serveHelp().split("\n")) assert.ok(line.length <= 130, line);
});
