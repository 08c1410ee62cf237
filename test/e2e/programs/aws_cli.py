"""The aws command line, driven in one process by its own driver: `s3` transfers and `s3api` with what came in of late.  aws_cli.py ENDPOINT AK SK"""
import contextlib
import io
import json
import os
import sys
import tempfile
import urllib.request

endpoint, ak, sk = sys.argv[1:4]
os.environ.update(AWS_ACCESS_KEY_ID=ak, AWS_SECRET_ACCESS_KEY=sk, AWS_ENDPOINT_URL=endpoint, AWS_DEFAULT_REGION="us-east-1", AWS_MAX_ATTEMPTS="1")
from awscli.clidriver import create_clidriver  # noqa: E402  (it reads the environment)

MIB = 1024 * 1024
bucket = "aws-cli-more"


class Out(io.TextIOWrapper):
    """Takes text and, where the command line writes bytes, bytes."""

    def __init__(self):
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def read_all(self):
        return self.buffer.getvalue()


def run(*words, stdin=b""):
    out, err, before = Out(), Out(), sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = create_clidriver().main(list(words))
    finally:
        sys.stdin = before
    return code, out.read_all(), err.read_all().decode()


def aws(*words, stdin=b""):
    code, out, err = run(*words, stdin=stdin)
    assert code == 0, f"aws {' '.join(words)}: {code}\n{err}"
    return out


def api(*words):
    out = aws("s3api", *words, "--output", "json")
    return json.loads(out) if out.strip() else {}


def refused(code, *words):
    failed, _, err = run(*words)
    assert failed and code in err, f"aws {' '.join(words)} should fail with {code}: {failed}\n{err}"


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    files = {"empty": b"", "five.txt": b"five\n", "sub/a name +%é.bin": os.urandom(70_000), "sub/large": os.urandom(18 * MIB)}
    os.makedirs("in/sub")
    for name, data in files.items():
        with open(f"in/{name}", "wb") as file:
            file.write(data)

    def same(where):
        for name, data in files.items():
            with open(f"{where}/{name}", "rb") as file:
                assert file.read() == data, name

    # s3: sync both ways and within, with filters and deletions; streams; signed URLs
    aws("s3", "mb", f"s3://{bucket}")
    assert aws("s3", "sync", "in", f"s3://{bucket}/dir").count(b"upload: ") == len(files)
    assert aws("s3", "sync", "in", f"s3://{bucket}/dir") == b""
    aws("s3", "sync", f"s3://{bucket}/dir", "back", "--exact-timestamps", "--no-progress")
    same("back")
    assert aws("s3", "sync", f"s3://{bucket}/dir", f"s3://{bucket}/copy", "--exclude", "*", "--include", "sub/*", "--no-progress").count(b"copy: ") == 2
    assert aws("s3", "sync", "in/sub", f"s3://{bucket}/dir", "--delete", "--size-only", "--no-progress").count(b"delete: ") == len(files)
    aws("s3", "sync", f"s3://{bucket}/copy/sub", f"s3://{bucket}/dir", "--delete")
    listed = aws("s3", "ls", "--recursive", "--summarize", f"s3://{bucket}/dir").decode()
    assert "Total Objects: 2" in listed and f"Total Size: {70_000 + 18 * MIB}" in listed, listed
    stream = os.urandom(9 * MIB)
    aws("s3", "cp", "-", f"s3://{bucket}/stream", "--checksum-algorithm", "CRC64NVME", "--metadata", "kind=flow", "--expected-size", str(len(stream)), stdin=stream)
    assert aws("s3", "cp", f"s3://{bucket}/stream", "-", "--checksum-mode", "ENABLED") == stream
    assert api("head-object", "--bucket", bucket, "--key", "stream")["Metadata"] == {"kind": "flow"}
    # a copy in parts, which leaves metadata behind in this version of the client
    aws("s3", "mv", f"s3://{bucket}/stream", f"s3://{bucket}/moved", "--storage-class", "STANDARD_IA", "--no-progress")
    head = api("head-object", "--bucket", bucket, "--key", "moved", "--checksum-mode", "ENABLED")
    assert (head["StorageClass"], head["ContentLength"], head["ChecksumType"]) == ("STANDARD_IA", len(stream), "FULL_OBJECT"), head
    url = aws("s3", "presign", f"s3://{bucket}/moved", "--expires-in", "60").decode().strip()
    assert urllib.request.urlopen(url).read() == stream
    aws("s3", "website", f"s3://{bucket}", "--index-document", "index.html")
    assert api("get-bucket-website", "--bucket", bucket)["IndexDocument"] == {"Suffix": "index.html"}

    # s3api: conditions, checksums of a whole upload, sizes of uploads, attributes, paging of buckets
    target = ["--bucket", bucket, "--key", "conditions"]
    first = api("put-object", *target, "--body", "in/five.txt", "--if-none-match", "*", "--checksum-algorithm", "CRC32")
    refused("PreconditionFailed", "s3api", "put-object", *target, "--body", "in/empty", "--if-none-match", "*")
    second = api("put-object", *target, "--body", "in/empty", "--if-match", first["ETag"])
    refused("PreconditionFailed", "s3api", "put-object", *target, "--body", "in/five.txt", "--if-match", first["ETag"])
    refused("PreconditionFailed", "s3api", "delete-object", *target, "--if-match", first["ETag"])
    refused("PreconditionFailed", "s3api", "copy-object", *target, "--copy-source", f"{bucket}/moved", "--if-none-match", "*")
    api("copy-object", *target, "--copy-source", f"{bucket}/moved", "--if-match", second["ETag"], "--checksum-algorithm", "SHA256", "--tagging-directive", "REPLACE", "--tagging", "a=b")
    copied = api("head-object", *target, "--checksum-mode", "ENABLED")
    assert copied["ChecksumType"] == "FULL_OBJECT" and copied["ChecksumSHA256"] and copied["TagCount"] == 1, copied
    upload = api("create-multipart-upload", "--bucket", bucket, "--key", "upload", "--checksum-algorithm", "CRC32", "--checksum-type", "FULL_OBJECT")
    whole = ["--bucket", bucket, "--key", "upload", "--upload-id", upload["UploadId"]]
    part = api("upload-part", *whole, "--part-number", "1", "--body", "in/sub/large", "--checksum-algorithm", "CRC32")
    parts = json.dumps({"Parts": [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]}]})
    finish = ["complete-multipart-upload", *whole, "--multipart-upload", parts, "--checksum-type", "FULL_OBJECT"]
    refused("InvalidRequest", "s3api", *finish, "--mpu-object-size", "17")
    done = api(*finish, "--mpu-object-size", str(18 * MIB), "--checksum-crc32", part["ChecksumCRC32"], "--if-none-match", "*")
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (part["ChecksumCRC32"], "FULL_OBJECT"), done
    attributes = api("get-object-attributes", "--bucket", bucket, "--key", "upload", "--object-attributes", "ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize")
    assert (attributes["ObjectSize"], attributes["ObjectParts"]["TotalPartsCount"]) == (18 * MIB, 1), attributes
    api("get-object", "--bucket", bucket, "--key", "upload", "--part-number", "1", "--checksum-mode", "ENABLED", "part")
    assert os.path.getsize("part") == 18 * MIB
    aws("s3api", "wait", "object-exists", "--bucket", bucket, "--key", "upload")
    page = api("list-objects-v2", "--bucket", bucket, "--start-after", "copy/", "--max-items", "2", "--optional-object-attributes", "RestoreStatus")
    assert len(page["Contents"]) == 2 and page["NextToken"] and page["Contents"][0]["ChecksumType"] == "FULL_OBJECT", page
    assert [item["Name"] for item in api("list-buckets", "--prefix", "aws-cli-m", "--max-buckets", "5")["Buckets"]] == [bucket]

    # s3api: settings of buckets
    rules = {"Rules": [{"ID": "x", "Status": "Enabled", "Filter": {"ObjectSizeGreaterThan": 500}, "Expiration": {"Days": 1}}]}
    put = api("put-bucket-lifecycle-configuration", "--bucket", bucket, "--lifecycle-configuration", json.dumps(rules), "--transition-default-minimum-object-size", "varies_by_storage_class")
    assert put == {"TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}, put
    assert api("get-bucket-lifecycle-configuration", "--bucket", bucket) == {**put, **rules}
    block = {name: True for name in ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"]}
    api("put-public-access-block", "--bucket", bucket, "--public-access-block-configuration", json.dumps(block))
    assert api("get-public-access-block", "--bucket", bucket)["PublicAccessBlockConfiguration"] == block
    controls = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    api("put-bucket-ownership-controls", "--bucket", bucket, "--ownership-controls", json.dumps(controls))
    assert api("get-bucket-ownership-controls", "--bucket", bucket)["OwnershipControls"] == controls
    refused("AccessControlListNotSupported", "s3api", "put-object-acl", "--bucket", bucket, "--key", "upload", "--acl", "public-read")
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "a-key"}, "BucketKeyEnabled": True}]}
    api("put-bucket-encryption", "--bucket", bucket, "--server-side-encryption-configuration", json.dumps(encryption))
    sealed = api("put-object", "--bucket", bucket, "--key", "sealed", "--body", "in/five.txt")
    assert (sealed["ServerSideEncryption"], sealed["BucketKeyEnabled"]) == ("aws:kms", True), sealed
    assert aws("s3", "cp", f"s3://{bucket}/sealed", "-") == b"five\n"
    locked = f"{bucket}-locked"
    api("create-bucket", "--bucket", locked, "--object-lock-enabled-for-bucket")
    kept = api("put-object", "--bucket", locked, "--key", "kept", "--body", "in/five.txt", "--object-lock-mode", "GOVERNANCE", "--object-lock-retain-until-date", "2099-01-01T00:00:00Z")
    version = ["--bucket", locked, "--key", "kept", "--version-id", kept["VersionId"]]
    refused("AccessDenied", "s3api", "delete-object", *version)
    assert api("get-object-retention", *version)["Retention"]["Mode"] == "GOVERNANCE"
    api("delete-object", *version, "--bypass-governance-retention")
    for name in [bucket, locked]:
        aws("s3", "rb", "--force", f"s3://{name}")
    aws("s3api", "wait", "bucket-not-exists", "--bucket", bucket)
    os.chdir("/")
print("flow complete")
