"""Over TLS, believing one CA only: tls_boto3.py ENDPOINT AK SK CA. Default checksums go as trailers behind unsigned chunks."""
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import SSLError

endpoint, ak, sk, ca = sys.argv[1:5]
sent = []


def client(verify):
    return boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=ak, aws_secret_access_key=sk, region_name="us-east-1", verify=verify,
                        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}))


s3 = client(ca)
s3.meta.events.register("before-send.s3.PutObject", lambda request, **kw: sent.append(dict(request.headers)))
s3.create_bucket(Bucket="tls-bucket")
body = bytes(range(256)) * 1000
s3.put_object(Bucket="tls-bucket", Key="k", Body=body)
names = {name.lower(): value for name, value in sent[0].items()}
assert b"STREAMING-UNSIGNED-PAYLOAD-TRAILER" in (names["x-amz-content-sha256"] if isinstance(names["x-amz-content-sha256"], bytes) else names["x-amz-content-sha256"].encode()), names
got = s3.get_object(Bucket="tls-bucket", Key="k", ChecksumMode="ENABLED")
assert got["Body"].read() == body
assert got.get("ChecksumCRC32") or got.get("ChecksumCRC64NVME") or got.get("ChecksumCRC32C"), got
try:
    client(True).list_buckets()
    raise AssertionError("a certificate of an unknown authority was believed")
except SSLError:
    pass
print("flow complete")
