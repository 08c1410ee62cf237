"""
A state file guarded by a lock object, as Terraform's S3 backend does it (use_lockfile): writers take the lock with If-None-Match: *, read the state,
write it, and delete the lock. lock_file.py ENDPOINT AK SK WRITERS ROUNDS: each writer adds 1 to a counter in the state that many times.
"""
import json
import sys
import threading
import time
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, ak, sk, writers, rounds = sys.argv[1:6]
bucket, state, lock = "terraform-like", "env:/prod/terraform.tfstate", "env:/prod/terraform.tfstate.tflock"


def client():
    return boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=ak, aws_secret_access_key=sk, region_name="us-east-1",
                        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}))


client().create_bucket(Bucket=bucket)
holders = []
waits = 0
failures = []


def take(s3, who):
    global waits
    while True:
        try:
            s3.put_object(Bucket=bucket, Key=lock, Body=json.dumps({"ID": who}), IfNoneMatch="*", ContentType="application/json")
            return
        except ClientError as error:
            code = error.response["Error"]["Code"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            # held by another, or two at once: both are what S3 says
            assert (status, code) in ((412, "PreconditionFailed"), (409, "ConditionalRequestConflict")), (status, code)
            waits += 1
            time.sleep(0.005)


def work():
    s3 = client()
    try:
        for _ in range(int(rounds)):
            who = str(uuid.uuid4())
            take(s3, who)
            holders.append(who)
            assert len(holders) == 1, "two hold the lock"
            held = json.loads(s3.get_object(Bucket=bucket, Key=lock)["Body"].read())
            assert held["ID"] == who, held
            try:
                count = json.loads(s3.get_object(Bucket=bucket, Key=state)["Body"].read())["serial"]
            except s3.exceptions.NoSuchKey:
                count = 0
            s3.put_object(Bucket=bucket, Key=state, Body=json.dumps({"serial": count + 1}))
            holders.remove(who)
            s3.delete_object(Bucket=bucket, Key=lock)
    except BaseException as error:
        failures.append(repr(error))


threads = [threading.Thread(target=work) for _ in range(int(writers))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert failures == [], failures
s3 = client()
serial = json.loads(s3.get_object(Bucket=bucket, Key=state)["Body"].read())["serial"]
assert serial == int(writers) * int(rounds), serial
assert waits > 0, "nobody ever waited"
# and the state itself guarded by its ETag, without a lock
etag = s3.get_object(Bucket=bucket, Key=state)["ETag"]
s3.put_object(Bucket=bucket, Key=state, Body=b"{}", IfMatch=etag)
try:
    s3.put_object(Bucket=bucket, Key=state, Body=b"{}", IfMatch=etag + "0")
    raise AssertionError("a stale state was written")
except ClientError as error:
    assert error.response["Error"]["Code"] == "PreconditionFailed", error.response
print("flow complete, waits:", waits)
