// ali-oss's STS client, and its OSS client with what that gave.
const assert = require("node:assert/strict");
const [, , modules, endpoint, accessKeyId, accessKeySecret, uid] = process.argv;
const OSS = require(`${modules}/node_modules/ali-oss`);

async function main() {
  const bucket = "temporary-ali";
  const where = { endpoint: `http://localhost:${new URL(endpoint).port}`, sldEnable: true, region: "oss-cn-hangzhou" };
  const owner = new OSS({ ...where, accessKeyId, accessKeySecret, bucket });
  await owner.putBucket(bucket);
  for (const address of [`${endpoint}/-/sts`, endpoint]) {
    const sts = new OSS.STS({ accessKeyId, accessKeySecret, endpoint: address });
    const policy = { Version: "1", Statement: [{ Effect: "Allow", Action: ["oss:PutObject", "oss:GetObject"], Resource: [`acs:oss:*:*:${bucket}/in/*`] }] };
    const { credentials } = await sts.assumeRole(`acs:ram::${uid}:role/worker`, policy, 900, "ali");
    assert.match(credentials.AccessKeyId, /^STS\./);
    await assert.rejects(sts.assumeRole(`acs:ram::${uid}:role/nobody`), (error) => error.status === 404 && error.code === "EntityNotExist.Role");
    for (const authorizationV4 of [false, true]) {
      const keys = { accessKeyId: credentials.AccessKeyId, accessKeySecret: credentials.AccessKeySecret, stsToken: credentials.SecurityToken };
      const client = new OSS({ ...where, ...keys, bucket, authorizationV4 });
      await client.put("in/a", Buffer.from("bytes"));
      assert.equal((await client.get("in/a")).content.toString(), "bytes");
      assert.equal(await (await fetch(client.signatureUrl("in/a"))).text(), "bytes");
      await assert.rejects(client.put("out", Buffer.from("no")), (error) => error.code === "AccessDenied");
      await assert.rejects(client.delete("in/a"), (error) => error.code === "AccessDenied");
      const foreign = new OSS({ ...where, ...keys, stsToken: "nonsense", bucket, authorizationV4 });
      await assert.rejects(foreign.get("in/a"), (error) => error.code === "InvalidSecurityToken");
    }
  }
  await owner.delete("in/a");
  await owner.deleteBucket(bucket);
  console.log("flow complete");
}
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
