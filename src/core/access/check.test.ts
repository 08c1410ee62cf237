import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ErrorKind, isDomainError } from "../errors.ts";
import type { BucketName, TenantName } from "../model.ts";
import { asKey, testAccount, testBucket, testContext, testPorts } from "../testing.ts";
import { checkAccess } from "./check.ts";

const kind = (name: ErrorKind) => (error: unknown) => isDomainError(error, name);

describe("access.check", () => {
  it("tells bucketMissing and accessDenied before a body is read, and passes who may", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports);
    const stranger = testAccount("stranger");
    const object = { ...bucket, key: asKey("k") };
    await checkAccess(ports, testContext("object.write"), object);
    await checkAccess(ports, testContext("upload.write"), object);
    await assert.rejects(checkAccess(ports, testContext("object.write", stranger), object), kind("accessDenied"));
    await assert.rejects(checkAccess(ports, testContext("object.write", { kind: "anonymous" }), object), kind("accessDenied"));
    await assert.rejects(checkAccess(ports, testContext("object.write", { kind: "user", account: testAccount(), user: "u", accessKeyId: "k" }), object), kind("accessDenied"));
    const nowhere = { ...object, bucket: "nowhere" as BucketName };
    await assert.rejects(checkAccess(ports, testContext("object.write"), nowhere), kind("bucketMissing"));
    await assert.rejects(checkAccess(ports, testContext("object.write", { kind: "anonymous" }), nowhere), kind("bucketMissing"));
  });

  it("lets an anonymous caller write where everybody may", async () => {
    const ports = testPorts();
    const bucket = await testBucket(ports, { acl: "publicReadWrite" });
    await checkAccess(ports, testContext("object.write", { kind: "anonymous" }), bucket);
    await assert.rejects(checkAccess(ports, testContext("bucket.writeAcl", { kind: "anonymous" }), bucket), kind("accessDenied"));
  });

  it("asks about the service alone when a bucket is to be made", async () => {
    const ports = testPorts();
    const address = { tenant: "default" as TenantName, bucket: "new" as BucketName };
    await checkAccess(ports, testContext("service.createBucket"), address);
    await assert.rejects(checkAccess(ports, testContext("service.createBucket", { kind: "anonymous" }), address), kind("accessDenied"));
    await assert.rejects(checkAccess(ports, testContext("service.createBucket"), { ...address, tenant: "europe" as TenantName }), kind("accessDenied"));
  });
});
