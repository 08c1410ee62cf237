"""A bucket's life through boto3 with its defaults (checksums included): flow_boto3.py ENDPOINT AK SK [s3|s3v4]."""
import hashlib
import io
import sys
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, ak, sk, version = sys.argv[1:5]
s3 = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=ak, aws_secret_access_key=sk, region_name="us-east-1",
                  config=Config(signature_version=version, s3={"addressing_style": "path"}, retries={"max_attempts": 1}))
name = "flow-boto3-" + version
MIB = 1024 * 1024


def pattern(size):
    block = hashlib.sha256(str(size).encode()).digest() * 32
    return (block * (size // len(block) + 1))[:size]


def expect(code, call, **kwargs):
    try:
        call(**kwargs)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e.response
        return e.response
    raise AssertionError(code + " was not raised")


expect("404", s3.head_bucket, Bucket=name)
s3.create_bucket(Bucket=name)
s3.head_bucket(Bucket=name)
assert name in [b["Name"] for b in s3.list_buckets()["Buckets"]]
bodies = {"empty": b"", "five/mib": pattern(5 * MIB), "odd key +&?#%/\u6587\u4ef6.txt": pattern(1000)}
for key, body in bodies.items():
    r = s3.put_object(Bucket=name, Key=key, Body=body, Metadata={"who": "flow"}, ContentType="text/x-flow")
    assert r["ETag"] == '"%s"' % hashlib.md5(body).hexdigest()
big = pattern(64 * MIB)
s3.upload_fileobj(io.BytesIO(big), name, "big", Config=TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB))
bodies["big"] = big
for key, body in bodies.items():
    got = s3.get_object(Bucket=name, Key=key)
    assert got["Body"].read() == body, key
    assert s3.head_object(Bucket=name, Key=key)["ContentLength"] == len(body)
assert s3.head_object(Bucket=name, Key="big")["ETag"].endswith('-8"')
assert s3.head_object(Bucket=name, Key="five/mib")["Metadata"] == {"who": "flow"}
r = s3.get_object(Bucket=name, Key="five/mib", Range="bytes=10-19")
assert r["Body"].read() == bodies["five/mib"][10:20] and r["ContentRange"] == "bytes 10-19/%d" % (5 * MIB)
assert [o["Key"] for o in s3.list_objects_v2(Bucket=name)["Contents"]] == sorted(bodies)
assert [o["Key"] for o in s3.list_objects(Bucket=name)["Contents"]] == sorted(bodies)
assert [p["Prefix"] for p in s3.list_objects_v2(Bucket=name, Delimiter="/")["CommonPrefixes"]] == ["five/", "odd key +&?#%/"]
s3.copy_object(Bucket=name, Key="copy", CopySource={"Bucket": name, "Key": "big"})
assert s3.get_object(Bucket=name, Key="copy")["Body"].read() == big
expect("NoSuchKey", s3.get_object, Bucket=name, Key="missing")
expect("404", s3.head_object, Bucket=name, Key="missing")
expect("PreconditionFailed", s3.put_object, Bucket=name, Key="copy", Body=b"x", IfNoneMatch="*")
url = s3.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "five/mib"}, ExpiresIn=60)
assert urllib.request.urlopen(url).read() == bodies["five/mib"]
r = expect("BucketNotEmpty", s3.delete_bucket, Bucket=name)
assert r["ResponseMetadata"]["HTTPStatusCode"] == 409
s3.delete_object(Bucket=name, Key="missing")
r = s3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": k} for k in list(bodies) + ["copy", "missing"]]})
assert len(r["Deleted"]) == len(bodies) + 2 and not r.get("Errors")
s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
v1 = s3.put_object(Bucket=name, Key="v", Body=b"one")["VersionId"]
v2 = s3.put_object(Bucket=name, Key="v", Body=b"two")["VersionId"]
assert v1 != v2
assert s3.get_object(Bucket=name, Key="v", VersionId=v1)["Body"].read() == b"one"
marker = s3.delete_object(Bucket=name, Key="v")
assert marker["DeleteMarker"] is True
expect("NoSuchKey", s3.get_object, Bucket=name, Key="v")
expect("BucketNotEmpty", s3.delete_bucket, Bucket=name)
listing = s3.list_object_versions(Bucket=name)
assert [v["VersionId"] for v in listing["Versions"]] == [v2, v1]
for item in listing["Versions"] + listing["DeleteMarkers"]:
    s3.delete_object(Bucket=name, Key=item["Key"], VersionId=item["VersionId"])
upload = s3.create_multipart_upload(Bucket=name, Key="left")["UploadId"]
s3.upload_part(Bucket=name, Key="left", UploadId=upload, PartNumber=1, Body=b"part")
s3.delete_bucket(Bucket=name)
expect("NoSuchBucket", s3.delete_bucket, Bucket=name)
expect("NoSuchBucket", s3.put_object, Bucket=name, Key="late", Body=b"x")
s3.create_bucket(Bucket=name)
assert "Contents" not in s3.list_objects_v2(Bucket=name) and "Uploads" not in s3.list_multipart_uploads(Bucket=name)
s3.delete_bucket(Bucket=name)
print("flow complete")
