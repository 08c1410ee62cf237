"""boto3 with the AWS Common Runtime: checksums that only it computes, and its own transfer client.  crt_boto3.py ENDPOINT AK SK"""
import base64
import io
import os
import sys
import tempfile
import zlib

import boto3
from awscrt import checksums
from boto3.s3.transfer import TransferConfig
from botocore.compat import HAS_CRT
from botocore.config import Config
from botocore.exceptions import ClientError
from s3transfer.crt import BotocoreCRTCredentialsWrapper, BotocoreCRTRequestSerializer, CRTTransferManager, create_s3_crt_client

endpoint, ak, sk = sys.argv[1:4]
assert HAS_CRT, "botocore does not see awscrt"
session = boto3.Session(ak, sk, region_name="us-east-1")
MIB = 1024 * 1024
bucket = "boto3-crt"
body = os.urandom(300_001)
large = os.urandom(21 * MIB + 5)


def client(**config):
    return session.client("s3", endpoint_url=endpoint, config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, **config))


def sum_of(value, size):
    return base64.b64encode(value.to_bytes(size, "big")).decode()


def expected(algorithm, data):
    return {
        "CRC32": lambda: sum_of(zlib.crc32(data), 4),
        "CRC32C": lambda: sum_of(checksums.crc32c(data), 4),
        "CRC64NVME": lambda: sum_of(checksums.crc64nvme(data), 8),
    }[algorithm]()


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return
    raise AssertionError(f"{code} was not raised")


s3 = client()
s3.create_bucket(Bucket=bucket)
for algorithm in ["CRC32", "CRC32C", "CRC64NVME"]:
    member = "Checksum" + algorithm
    for form, source in [("bytes", body), ("stream", io.BytesIO(body)), ("empty", b"")]:
        data = b"" if form == "empty" else body
        key = f"{algorithm}/{form}"
        put = s3.put_object(Bucket=bucket, Key=key, Body=source, ChecksumAlgorithm=algorithm)
        assert put[member] == expected(algorithm, data), (key, put)
        got = s3.get_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
        assert got[member] == put[member] and got["ChecksumType"] == "FULL_OBJECT"
        # botocore compares while it reads
        assert got["Body"].read() == data
    refused("BadDigest", s3.put_object, Bucket=bucket, Key="wrong", Body=b"abc", **{member: expected(algorithm, b"abd")})
    # parts: whole-object where the runtime can, composite otherwise
    for kind in ["FULL_OBJECT"] if algorithm == "CRC64NVME" else ["FULL_OBJECT", "COMPOSITE"]:
        key = f"parts/{algorithm}/{kind}"
        upload = s3.create_multipart_upload(Bucket=bucket, Key=key, ChecksumAlgorithm=algorithm, ChecksumType=kind)
        assert (upload["ChecksumAlgorithm"], upload["ChecksumType"]) == (algorithm, kind)
        parts = []
        for part, piece in enumerate([large[: 5 * MIB], large[5 * MIB : 6 * MIB]], 1):
            sent = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload["UploadId"], PartNumber=part, Body=piece, ChecksumAlgorithm=algorithm)
            parts.append({"PartNumber": part, "ETag": sent["ETag"], member: sent[member]})
        claims = {"ChecksumType": kind, "MpuObjectSize": 6 * MIB}
        if kind == "FULL_OBJECT":
            refused("BadDigest", s3.complete_multipart_upload, Bucket=bucket, Key=key, UploadId=upload["UploadId"], MultipartUpload={"Parts": parts}, **{member: expected(algorithm, b"other")}, **claims)
            claims[member] = expected(algorithm, large[: 6 * MIB])
        done = s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload["UploadId"], MultipartUpload={"Parts": parts}, **claims)
        assert done["ChecksumType"] == kind and done[member].endswith("-2") == (kind == "COMPOSITE"), done
        attributes = s3.get_object_attributes(Bucket=bucket, Key=key, ObjectAttributes=["Checksum", "ObjectParts", "ObjectSize"])
        assert attributes["Checksum"][member] == done[member] and attributes["ObjectSize"] == 6 * MIB
        got = s3.get_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
        assert got["Body"].read() == large[: 6 * MIB]
    copy = s3.copy_object(Bucket=bucket, Key=f"{algorithm}/copy", CopySource={"Bucket": bucket, "Key": "CRC32/bytes"}, ChecksumAlgorithm=algorithm)
    assert copy["CopyObjectResult"][member] == expected(algorithm, body), copy

# boto3's transfers: its own way to the runtime ("crt") knows no endpoint but Amazon's, so "classic" it is; the checksums are the runtime's all the same
config = TransferConfig(preferred_transfer_client="classic", multipart_threshold=8 * MIB, multipart_chunksize=5 * MIB)
with tempfile.TemporaryDirectory() as folder:
    there, back = os.path.join(folder, "there"), os.path.join(folder, "back")
    with open(there, "wb") as file:
        file.write(large)
    s3.upload_file(there, bucket, "through/boto3", Config=config, ExtraArgs={"ContentType": "x/y", "Metadata": {"kind": "crt"}, "ChecksumAlgorithm": "CRC64NVME"})
    s3.download_file(bucket, "through/boto3", back, Config=config)
    with open(back, "rb") as file:
        assert file.read() == large
    head = s3.head_object(Bucket=bucket, Key="through/boto3")
    assert (head["ContentType"], head["Metadata"], head["ContentLength"]) == ("x/y", {"kind": "crt"}, len(large)), head

    # the runtime's transfer client itself: its own HTTP, signing, parts and checksums
    serializer = BotocoreCRTRequestSerializer(session._session, {"region_name": "us-east-1", "endpoint_url": endpoint, "config": Config(s3={"addressing_style": "path"})})
    credentials = BotocoreCRTCredentialsWrapper(session.get_credentials()).to_crt_credentials_provider()
    crt = create_s3_crt_client("us-east-1", crt_credentials_provider=credentials, part_size=5 * MIB, use_ssl=False, verify=False)
    sent = {"through/crt": large, "through/crt small": body, "through/crt empty +%é": b""}
    with CRTTransferManager(crt, serializer) as manager:
        for number, (key, data) in enumerate(sent.items()):
            with open(f"{there}{number}", "wb") as file:
                file.write(data)
            manager.upload(f"{there}{number}", bucket, key, {"ChecksumAlgorithm": "CRC64NVME"} if data else {}).result()
            manager.download(bucket, key, f"{back}{number}", {}).result()
            whole = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
            assert whole["ContentLength"] == len(data), whole
            if data:
                assert whole["ChecksumCRC64NVME"] == expected("CRC64NVME", data), whole
        into = io.BytesIO()
        manager.download(bucket, "through/boto3", into, {}).result()
        assert into.getvalue() == large
        manager.delete(bucket, "through/crt small").result()
    # only now: a download's file gets its name a moment after its result is there
    for number, (key, data) in enumerate(sent.items()):
        with open(f"{back}{number}", "rb") as file:
            assert file.read() == data, key
    assert s3.head_object(Bucket=bucket, Key="through/crt")["ETag"].endswith('-5"'), "it went up in parts of 5 MiB"
    refused("404", s3.head_object, Bucket=bucket, Key="through/crt small")

keys = [{"Key": item["Key"]} for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 4}) for item in page["Contents"]]
assert not s3.delete_objects(Bucket=bucket, Delete={"Objects": keys}, ChecksumAlgorithm="CRC64NVME").get("Errors")
s3.delete_bucket(Bucket=bucket)
print("flow complete")
