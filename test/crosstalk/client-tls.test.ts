/** Our own client over TLS: certificates are verified for the name that was asked for, wherever it connects to. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { countBucket, Unavailable } from "../../src/client/library.ts";
import { makeAuthority } from "../support/certificates.ts";

test("an unknown authority and a foreign name are refused; --insecure takes them", async () => {
  const authority = await makeAuthority();
  await authority.issue("localhost");
  let requests = 0;
  const server = createServer({ cert: readFileSync(authority.cert), key: readFileSync(authority.key) }, (request, response) => {
    requests++;
    const root = /[?&]versions/.test(request.url ?? "") ? "ListVersionsResult" : "ListMultipartUploadsResult";
    response.end(`<${root}><IsTruncated>false</IsTruncated></${root}>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const target = { service: "s3", endpoint: `https://localhost:${port}`, connectTo: { host: "127.0.0.1", port }, credentials: { accessKeyId: "a", secretAccessKey: "s" } } as const;
  try {
    await assert.rejects(countBucket(target, "b"), (error) => error instanceof Unavailable && /certificate/.test(error.message));
    assert.equal(requests, 0);
    assert.equal((await countBucket({ ...target, insecure: true }, "b")).found.current, 0);
    assert.equal(requests, 2);
  } finally {
    server.closeAllConnections();
    server.close();
    authority.remove();
  }
});
