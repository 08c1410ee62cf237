import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isAuthFailure } from "../../signing-failure.ts";
import { rtmpClaim, signRtmp, verifyRtmp } from "./rtmp.ts";

const key = { accessKeyId: "ak", secret: "sk-0123" };
const resource = { bucket: "bkt", channel: "chan" };
const expiresMs = 1_795_400_000_000;
/** As oss2's `sign_rtmp_url` made them: signatures of Python's hmac over the documented text. */
const ofSdk = "playlistName=test.m3u8&OSSAccessKeyId=ak&Expires=1795400000&Signature=8YlrmDaFXZ3Z%2FTyB0JbSfEEyP8Q%3D";
const refused = (kind: Parameters<typeof isAuthFailure>[1]) => (error: unknown) => isAuthFailure(error, kind);

describe("URLs to publish under", () => {
  it("are made as the SDK makes them, and verified", () => {
    assert.equal(signRtmp(key, resource, { expiresMs, playlist: "test.m3u8" }), ofSdk);
    const chinese = signRtmp(key, { bucket: "bkt", channel: "频道" }, { expiresMs });
    assert.match(decodeURIComponent(chinese), /Signature=Yhe\+cPy\+AsNzvKFw3G5YU11oyZY=$/);
    const claim = rtmpClaim(ofSdk, resource);
    assert.deepEqual([claim?.accessKeyId, claim?.playlist, claim?.expiresMs], ["ak", "test.m3u8", expiresMs]);
    if (claim) verifyRtmp(claim, key.secret, expiresMs);
  });
  it("let nobody publish elsewhere, later, under another playlist or with another secret", () => {
    const verify = (query: string, where = resource, secret = key.secret, nowMs = 0): void => {
      const claim = rtmpClaim(query, where);
      assert.ok(claim);
      verifyRtmp(claim, secret, nowMs);
    };
    verify(ofSdk);
    assert.throws(() => verify(ofSdk, { ...resource, channel: "other" }), refused("mismatch"));
    assert.throws(() => verify(ofSdk, { ...resource, bucket: "other" }), refused("mismatch"));
    assert.throws(() => verify(ofSdk.replace("test.m3u8", "best.m3u8")), refused("mismatch"));
    assert.throws(() => verify(ofSdk.replace("1795400000", "1795400001")), refused("mismatch"));
    assert.throws(() => verify(`${ofSdk}&more=1`), refused("mismatch"));
    assert.throws(() => verify(ofSdk, resource, "sk-0124"), refused("mismatch"));
    assert.throws(() => verify(ofSdk, resource, ""), refused("mismatch"));
    assert.throws(() => verify(ofSdk, resource, key.secret, expiresMs + 1), refused("expired"));
  });
  it("that are cut short are refused, and those that nobody signed are nobody's", () => {
    assert.throws(() => rtmpClaim("OSSAccessKeyId=ak&Expires=1", resource), refused("incomplete"));
    assert.throws(() => rtmpClaim("OSSAccessKeyId=ak&Expires=soon&Signature=x", resource), refused("badExpires"));
    assert.throws(() => rtmpClaim("a=%ff", resource), refused("malformed"));
    assert.equal(rtmpClaim("playlistName=test.m3u8", resource), undefined);
  });
});
