// ali-oss's own `callback` option: on a put, and at the end of a multipart upload.
const assert = require("node:assert/strict");
const http = require("node:http");
const [, , modules, endpoint, accessKeyId, accessKeySecret] = process.argv;
const OSS = require(`${modules}/node_modules/ali-oss`);

async function main() {
  const bodies = [];
  const receiver = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      bodies.push(JSON.parse(body));
      const answer = JSON.stringify({ Status: "OK" });
      response.writeHead(200, { "content-length": answer.length }).end(answer);
    });
  });
  await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const port = new URL(endpoint).port;
  const client = new OSS({
    endpoint: `http://localhost:${port}`,
    sldEnable: true,
    region: "oss-cn-hangzhou",
    accessKeyId,
    accessKeySecret,
    bucket: "callbacks-ali",
    authorizationV4: true,
  });
  await client.putBucket("callbacks-ali");
  const callback = {
    url: `http://127.0.0.1:${receiver.address().port}/in`,
    host: "app.example.com",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as callbacks write it
    body: '{"object":${object},"size":${size},"mine":${x:mine}}',
    contentType: "application/json",
    customValue: { mine: "a value" },
  };
  const put = await client.put("one", Buffer.from("hello"), { callback });
  assert.equal(put.res.status, 200);
  assert.deepEqual(put.data, { Status: "OK" });
  assert.deepEqual(bodies.at(-1), { object: "one", size: 5, mine: "a value" });
  const parts = await client.multipartUpload("two", Buffer.alloc(300 * 1024), { callback, partSize: 100 * 1024 });
  assert.deepEqual(parts.data, { Status: "OK" });
  assert.deepEqual(bodies.at(-1), { object: "two", size: 300 * 1024, mine: "a value" });
  await client.deleteMulti(["one", "two"], { quiet: true });
  await client.deleteBucket("callbacks-ali");
  receiver.close();
  console.log("flow complete");
}
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
