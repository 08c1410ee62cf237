import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Ask, main, openWorld, type World } from "../helper.ts";

let world: World;
before(async () => {
  world = await openWorld();
  await world.ask({ method: "PUT", target: "/auth" });
});
after(() => world.close());

const schemes = ["v4", "v2", "v4-url", "v2-url"] as const;
const refused = async (ask: Ask, code: string, status = 403) => {
  const answer = await world.ask(ask);
  assert.deepEqual([answer.status, answer.code], [status, code]);
  return answer;
};

describe("Signatures", () => {
  for (const scheme of schemes) {
    it(`${scheme}: lets in who signed, and no one else`, async () => {
      const ask: Ask = { method: "PUT", target: "/auth/a%20b%2Bc", body: scheme, scheme };
      assert.equal((await world.ask(ask)).status, 200);
      assert.equal((await world.ask({ method: "GET", target: "/auth/a%20b%2Bc?response-content-type=a%2Fb", scheme })).text, scheme);
      const wrong = { ...main, secret: "wrong" };
      const mismatch = await refused({ ...ask, target: "/auth/none", as: wrong }, "SignatureDoesNotMatch");
      for (const element of ["AWSAccessKeyId", "StringToSign", "SignatureProvided", "StringToSignBytes"]) assert.match(mismatch.text, new RegExp(`<${element}>`));
      assert.equal(mismatch.text.includes("<CanonicalRequest>"), scheme.startsWith("v4"));
      await refused({ ...ask, target: "/auth/none", as: { id: "nobody", secret: "x" } }, "InvalidAccessKeyId");
      await refused(
        {
          ...ask,
          target: "/auth/none",
          tamper: (request) => {
            request.target = request.target.replace("none", "other");
          },
        },
        "SignatureDoesNotMatch",
      );
      assert.equal((await world.ask({ method: "HEAD", target: "/auth/none" })).status, 404);
      assert.equal((await world.ask({ method: "HEAD", target: "/auth/other" })).status, 404);
    });

    it(`${scheme}: covers every header that has a meaning`, async () => {
      const answer = await world.ask({
        method: "PUT",
        target: "/auth/public",
        body: "1",
        scheme,
        tamper: ({ headers }) => {
          headers["x-amz-acl"] = "public-read";
        },
      });
      assert.equal(answer.status, 403);
      assert.equal((await world.ask({ method: "HEAD", target: "/auth/public" })).status, 404);
    });

    it(`${scheme}: works on a virtual host`, async () => {
      assert.equal((await world.ask({ method: "PUT", target: "/hosted", body: "1", scheme, host: "auth.s3.localhost:9000" })).status, 200);
      assert.equal((await world.ask({ method: "GET", target: "/auth/hosted" })).text, "1");
    });
  }

  it("of URLs cover headers that were moved into them, which count", async () => {
    for (const scheme of ["v4-url", "v2-url"] as const) {
      const url = (query: string): Ask => ({ method: "PUT", target: `/auth/moved?${query}`, body: "1", scheme });
      assert.equal((await world.ask(url("x-amz-acl=public-read&x-amz-meta-a=b&x-id=PutObject"))).status, 200);
      const anonymous = await world.ask({ method: "GET", target: "/auth/moved", as: null });
      assert.deepEqual([anonymous.status, anonymous.headers.get("x-amz-meta-a")], [200, "b"]);
      for (const query of ["x-amz-write-offset-bytes=0", "x-amz-copy-source=%2Fauth%2Fk"]) {
        const answer = await world.ask({ ...url(query), target: `/auth/unmoved?${query}` });
        assert.deepEqual([answer.status, answer.code], [501, "NotImplemented"], query);
      }
      assert.equal((await world.ask({ method: "HEAD", target: "/auth/unmoved" })).status, 404);
      await refused(
        {
          ...url("x-amz-meta-a=b"),
          tamper: (request) => {
            request.target = request.target.replace("meta-a=b", "meta-a=c");
          },
        },
        "SignatureDoesNotMatch",
      );
    }
    assert.equal((await world.ask({ method: "PUT", target: "/auth/typed?content-type=text%2Fx", body: "1", scheme: "v2-url", headers: { "content-type": "text/x" } })).status, 200);
  });

  it("are too old or too young after 15 minutes, and expire", async () => {
    const now = world.clock.now;
    for (const scheme of ["v4", "v2"] as const) {
      for (const minutes of [-16, 16]) {
        const date = new Date(now + minutes * 60_000);
        const stamp = `${date.toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
        const answer = await world.ask({
          method: "GET",
          target: "/auth",
          scheme,
          tamper: ({ headers }) => {
            headers[scheme === "v4" ? "x-amz-date" : "date"] = scheme === "v4" ? stamp : date.toUTCString();
          },
        });
        assert.deepEqual([answer.status, answer.code], [403, "RequestTimeTooSkewed"], `${scheme} ${minutes}`);
        assert.match(answer.text, /<MaxAllowedSkewMilliseconds>900000</);
      }
    }
  });

  it("come one at a time", async () => {
    await refused(
      {
        method: "GET",
        target: "/auth",
        tamper: (request) => {
          request.target += "?AWSAccessKeyId=x&Signature=y&Expires=1";
        },
      },
      "InvalidArgument",
      400,
    );
  });

  it("are refused when malformed", async () => {
    const withAuthorization = (value: string): Ask => ({ method: "GET", target: "/auth", as: null, headers: { authorization: value } });
    await refused(withAuthorization("AWS HAHAHA"), "InvalidArgument", 400);
    await refused(withAuthorization(""), "AccessDenied", 403);
    await refused(withAuthorization("Basic abc"), "InvalidArgument", 400);
    await refused(withAuthorization("AWS4-HMAC-SHA256 Credential=a/b"), "AuthorizationHeaderMalformed", 400);
    await refused({ method: "GET", target: "/auth?X-Amz-Algorithm=AWS4-HMAC-SHA256", as: null }, "AuthorizationQueryParametersError", 400);
  });

  it("name the region they are for, when the server is strict", async () => {
    const strict = await openWorld("s3", { strictRegion: true, region: "eu-central-1" });
    try {
      const answer = await strict.ask({ method: "GET", target: "/" });
      assert.deepEqual([answer.status, answer.code], [400, "AuthorizationHeaderMalformed"]);
      assert.match(answer.text, /<Region>eu-central-1<\/Region>/);
    } finally {
      await strict.close();
    }
  });
});

/** One chunk and the end, without signatures; trailers as given. */
const chunked = (data: string, trailers = ""): string => `${data.length.toString(16)}\r\n${data}\r\n0\r\n${trailers}\r\n`;

describe("aws-chunked bodies", () => {
  const ask = (target: string, body: string, decoded: number, headers: Record<string, string> = {}): Ask => ({
    method: "PUT",
    target,
    body,
    headers: { "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "content-encoding": "aws-chunked", "x-amz-decoded-content-length": String(decoded), ...headers },
  });
  // CRC-32 of "123456789" is cbf43926 in every table of check values.
  const crc = Buffer.from("cbf43926", "hex").toString("base64");

  it("with a trailing checksum are decoded, verified and shown without their coding", async () => {
    const stored = await world.ask(ask("/auth/chunked", chunked("123456789", `x-amz-checksum-crc32:${crc}\r\n`), 9, { "x-amz-trailer": "x-amz-checksum-crc32" }));
    assert.deepEqual([stored.status, stored.headers.get("x-amz-checksum-crc32")], [200, crc]);
    const read = await world.ask({ method: "GET", target: "/auth/chunked" });
    assert.deepEqual([read.text, read.headers.get("content-encoding")], ["123456789", undefined]);
  });

  it("are refused whole when a trailer is wrong, missing, or the length is not as announced", async () => {
    const trailer = { "x-amz-trailer": "x-amz-checksum-crc32" };
    const bad: [Ask, string][] = [
      [ask("/auth/bad", chunked("12345678X", `x-amz-checksum-crc32:${crc}\r\n`), 9, trailer), "BadDigest"],
      [ask("/auth/bad", chunked("123456789"), 9, trailer), "InvalidRequest"],
      [ask("/auth/bad", chunked("123456789", `x-amz-checksum-crc32:${crc}\r\n`), 8, trailer), "IncompleteBody"],
      [ask("/auth/bad", "zz\r\n123456789\r\n0\r\n\r\n", 9), "InvalidRequest"],
    ];
    for (const [one, code] of bad) {
      const answer = await world.ask(one);
      assert.equal(answer.status, 400, `${code}: ${answer.text}`);
      if (code !== "IncompleteBody") assert.equal(answer.code, code);
    }
    assert.equal((await world.ask({ method: "HEAD", target: "/auth/bad" })).status, 404);
  });

  it("of kinds that are not served are refused by name", async () => {
    const answer = await world.ask(ask("/auth/bad", "", 0, { "x-amz-content-sha256": "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD" }));
    assert.deepEqual([answer.status, answer.code], [501, "NotImplemented"]);
  });
});
