"""
Every operation of botocore's S3 model, sent by botocore itself: every_operation.py ENDPOINT AK SK.
Each operation gets a bucket of its own, filled; afterwards what the operation may change is compared
with what changed. Prints one JSON line per operation; the caller judges the answers.
"""
import json
import sys
import time

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, ak, sk = sys.argv[1:4]
s3 = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=ak, aws_secret_access_key=sk, region_name="us-east-1",
                  config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}, parameter_validation=False, inject_host_prefix=False))
model = s3.meta.service_model
PART = b"p" * (5 * 1024 * 1024)


def sample(shape, depth=0):
    """Something of that shape: required members, the first word of an enumeration."""
    if shape.type_name == "structure":
        wanted = set(shape.required_members)
        if depth > 0 and not wanted and shape.members:
            wanted = {next(iter(shape.members))}
        return {name: sample(member, depth + 1) for name, member in shape.members.items() if name in wanted}
    if shape.type_name == "list":
        return [sample(shape.member, depth + 1)]
    if shape.type_name == "map":
        return {"a": "b"}
    if shape.type_name == "string":
        return (getattr(shape, "enum", None) or ["sample"])[0]
    if shape.type_name == "boolean":
        return True
    if shape.type_name == "timestamp":
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    if shape.type_name == "blob":
        return b"sample"
    return 1


class World:
    def __init__(self, name, lock):
        self.bucket = name
        s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter", **({"ObjectLockEnabledForBucket": True} if lock else {}))
        for key in ("k", "other"):
            s3.put_object(Bucket=name, Key=key, Body=key.encode(), Tagging="a=b", Metadata={"m": key})
        self.upload = s3.create_multipart_upload(Bucket=name, Key="up")["UploadId"]
        self.part = s3.upload_part(Bucket=name, Key="up", UploadId=self.upload, PartNumber=1, Body=PART[:100])["ETag"]

    def state(self):
        if not any(b["Name"] == self.bucket for b in s3.list_buckets()["Buckets"]):
            return {"bucket": "gone"}
        listed = s3.list_object_versions(Bucket=self.bucket)
        seen = {"bucket": "there"}
        for v in listed.get("Versions", []):
            body = s3.get_object(Bucket=self.bucket, Key=v["Key"], VersionId=v["VersionId"])
            tags = s3.get_object_tagging(Bucket=self.bucket, Key=v["Key"], VersionId=v["VersionId"])["TagSet"]
            notes = s3.list_object_annotations(Bucket=self.bucket, Key=v["Key"], VersionId=v["VersionId"]).get("Annotations", [])
            seen["object " + v["Key"] + " " + v["VersionId"]] = [body["Body"].read().decode("latin-1")[:64], body["Metadata"], tags, [n["AnnotationName"] for n in notes]]
        for v in listed.get("DeleteMarkers", []):
            seen["marker " + v["Key"]] = v["VersionId"]
        for u in s3.list_multipart_uploads(Bucket=self.bucket).get("Uploads", []):
            parts = s3.list_parts(Bucket=self.bucket, Key=u["Key"], UploadId=u["UploadId"]).get("Parts", [])
            seen["upload " + u["Key"]] = [u["UploadId"], [p["ETag"] for p in parts]]
        seen["versioning"] = s3.get_bucket_versioning(Bucket=self.bucket).get("Status", "")
        return seen


def inputs(name, w):
    arn = "arn:aws:s3:::" + w.bucket
    made = {
        "CompleteMultipartUpload": {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": w.part}]}},
        "CopyObject": {"CopySource": w.bucket + "/other"},
        "UploadPartCopy": {"CopySource": w.bucket + "/other", "PartNumber": 2},
        "CreateBucket": {"Bucket": w.bucket + "-new"},
        "DeleteObjects": {"Delete": {"Objects": [{"Key": "k"}]}},
        "PutObject": {"Body": b"new"},
        "UploadPart": {"Body": b"new", "PartNumber": 2},
        "PutBucketAcl": {"ACL": "private"},
        "PutObjectAcl": {"ACL": "private"},
        "PutBucketCors": {"CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}},
        "PutBucketTagging": {"Tagging": {"TagSet": [{"Key": "t", "Value": "u"}]}},
        "PutObjectTagging": {"Tagging": {"TagSet": [{"Key": "t", "Value": "u"}]}},
        "PutBucketVersioning": {"VersioningConfiguration": {"Status": "Enabled"}},
        "PutBucketOwnershipControls": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}},
        "PutPublicAccessBlock": {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}},
        "PutBucketPolicy": {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": arn + "/secret/*"}]})},
        "PutBucketLifecycle": {"LifecycleConfiguration": {"Rules": [{"ID": "r", "Prefix": "tmp/", "Status": "Enabled", "Expiration": {"Days": 3}}]}},
        "PutBucketLifecycleConfiguration": {"LifecycleConfiguration": {"Rules": [{"ID": "r", "Filter": {"Prefix": "tmp/"}, "Status": "Enabled", "Expiration": {"Days": 3}}]}},
        "PutBucketEncryption": {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}},
        "PutBucketWebsite": {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "index.html"}}},
        "PutBucketLogging": {"BucketLoggingStatus": {}},
        "PutBucketRequestPayment": {"RequestPaymentConfiguration": {"Payer": "BucketOwner"}},
        "PutBucketNotification": {"NotificationConfiguration": {}},
        "PutBucketNotificationConfiguration": {"NotificationConfiguration": {}},
        "PutBucketAccelerateConfiguration": {"AccelerateConfiguration": {"Status": "Suspended"}},
        "PutBucketAbac": {"AbacStatus": {"Status": "Disabled"}},
        "PutObjectLockConfiguration": {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}},
        "PutObjectRetention": {"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": time.time() + 3600}},
        "PutObjectLegalHold": {"LegalHold": {"Status": "ON"}},
        "PutBucketReplication": {"ReplicationConfiguration": {"Role": "arn:aws:iam::000000000001:role/r", "Rules": [{"Status": "Disabled", "Prefix": "", "Destination": {"Bucket": arn}}]}},
        "GetObjectAttributes": {"ObjectAttributes": ["ETag", "ObjectSize"]},
        "PutBucketInventoryConfiguration": {"InventoryConfiguration": {"Id": "i", "IsEnabled": False, "IncludedObjectVersions": "Current", "Schedule": {"Frequency": "Daily"}, "Destination": {"S3BucketDestination": {"Bucket": arn, "Format": "CSV"}}}},
        "PutBucketAnalyticsConfiguration": {"AnalyticsConfiguration": {"Id": "i", "StorageClassAnalysis": {}}},
        "PutBucketIntelligentTieringConfiguration": {"IntelligentTieringConfiguration": {"Id": "i", "Status": "Enabled", "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]}},
        "PutBucketMetricsConfiguration": {"MetricsConfiguration": {"Id": "i"}},
        "PutObjectAnnotation": {"AnnotationName": "note", "AnnotationPayload": b"{}"},
        "RenameObject": {"Key": "renamed", "RenameSource": "/" + w.bucket + "/k"},
        "UpdateObjectEncryption": {"ObjectEncryption": {"SSEKMS": {"KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/none"}}},
        "SelectObjectContent": {"Expression": "select * from s3object", "InputSerialization": {"CSV": {}}, "OutputSerialization": {"CSV": {}}},
        "RestoreObject": {"RestoreRequest": {"Days": 1}},
    }
    shape = model.operation_model(name).input_shape
    given = sample(shape) if shape else {}
    if "Bucket" in given:
        given["Bucket"] = w.bucket
    if "Key" in given:
        given["Key"] = "up" if "UploadId" in given else "k"
    if "UploadId" in given:
        given["UploadId"] = w.upload
    if "Id" in given:
        given["Id"] = "i"
    given.update(made.get(name, {}))
    return given


def send(name, given):
    try:
        answer = getattr(s3, xform_name(name))(**given)
    except ClientError as error:
        answer = error.response
    said = answer.get("Error", {})
    return {"status": answer["ResponseMetadata"]["HTTPStatusCode"], "code": said.get("Code", ""), "message": said.get("Message", "")}


def changes(before, after):
    return sorted(name for name in set(before) | set(after) if before.get(name) != after.get(name))


for number, name in enumerate(model.operation_names):
    lock = name in ("PutObjectLockConfiguration", "GetObjectLockConfiguration", "PutObjectRetention", "GetObjectRetention", "PutObjectLegalHold", "GetObjectLegalHold")
    w = World("every-%d" % number, lock)
    before = w.state()
    try:
        answer = send(name, inputs(name, w))
    except Exception as error:  # what botocore itself cannot read is told, not hidden
        answer = {"status": 0, "code": type(error).__name__, "message": str(error)[:300]}
    left = changes(before, w.state())
    made = [b["Name"] for b in s3.list_buckets()["Buckets"] if b["Name"] == w.bucket + "-new"]
    print(json.dumps({"operation": name, **answer, "changed": left + made}), flush=True)
