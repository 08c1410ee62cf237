import assert from "node:assert/strict";
import { test } from "node:test";
import { redactedQuery } from "../dialects/redacted.ts";
import { parseQuery } from "../lib/uri.ts";
import { type AccessEntry, createAccessLog } from "./access-log.ts";

const entry = (rawQuery: string): AccessEntry => ({
  request: {
    method: "GET",
    rawPath: "/b/k",
    query: parseQuery(rawQuery) ?? [],
    hostHeader: "h",
    remoteAddress: "192.0.2.1",
    headers: { "user-agent": "u", authorization: "AWS CANARY:CANARY" },
  },
  dialect: "s3",
  operation: "GetObject",
  status: 200,
  error: "",
  requestId: "R",
  milliseconds: 1.2345,
  bytesIn: 0,
  bytesOut: 5,
  broken: false,
});

test("no signature, key id or token of any vendor's query is written down, however its name is escaped", () => {
  for (const name of [
    "Signature",
    "X-Amz-Signature",
    "x-amz-credential",
    "X-Amz-Security-Token",
    "x-oss-signature",
    "x-oss-credential",
    "x-oss-security-token",
    "security-token",
    "OSSAccessKeyId",
    "AWSAccessKeyId",
    "x-oss-access-key-id",
    "Sign%61ture",
    "policy",
  ]) {
    const written = redactedQuery(parseQuery(`a=1&${name}=CANARY&acl&b=%20`) ?? []);
    assert.equal(written, `a=1&${name}=REDACTED&acl&b=%20`);
  }
});

test("lines are gathered, complete JSON, without any header but the agent", () => {
  const written: string[] = [];
  const log = createAccessLog({ writableLength: 0, write: (text) => void written.push(text) });
  log.write(entry("X-Amz-Signature=CANARY&versionId=3"));
  log.write(entry(""));
  assert.equal(written.length, 0);
  log.flush();
  assert.equal(written.length, 1);
  assert.ok(!written[0]?.includes("CANARY"));
  const [first, second] = (written[0] as string)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual([first?.query, first?.ms, first?.remote, first?.agent, second?.query], ["X-Amz-Signature=REDACTED&versionId=3", 1.23, "192.0.2.1", "u", undefined]);
});

test("when nobody reads, lines are dropped and counted instead of kept", () => {
  const written: string[] = [];
  const output = { writableLength: 1e9, write: (text: string) => void written.push(text) };
  const log = createAccessLog(output);
  for (let n = 0; n < 5; n++) log.write(entry(""));
  log.flush();
  assert.equal(written.length, 0);
  output.writableLength = 0;
  log.write(entry(""));
  log.flush();
  assert.match(written[0] as string, /"event":"access.dropped","lines":5\}\n.*"event":"access"/);
});
