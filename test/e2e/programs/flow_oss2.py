"""A bucket's life through oss2: flow_oss2.py ENDPOINT AK SK VERSION(v1|v2|v4). Exits non-zero on the first surprise."""
import hashlib
import os
import sys
import tempfile

import oss2
from oss2.models import PartInfo

endpoint, ak, sk, version = sys.argv[1:5]
auth = {"v1": oss2.Auth, "v2": oss2.AuthV2, "v4": oss2.AuthV4}[version](ak, sk)
region = "cn-hangzhou" if version == "v4" else None
bucket = oss2.Bucket(auth, endpoint, "flow-oss2-" + version, region=region)
MIB = 1024 * 1024


def pattern(size):
    block = hashlib.sha256(str(size).encode()).digest() * 32
    return (block * (size // len(block) + 1))[:size]


def expect(error, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except error as e:
        return e
    raise AssertionError("%s was not raised" % error.__name__)


def delete_refused(message):
    e = expect(oss2.exceptions.BucketNotEmpty, bucket.delete_bucket)
    assert (e.status, e.code) == (409, "BucketNotEmpty") and e.message.startswith(message) and e.request_id, e


expect(oss2.exceptions.NoSuchBucket, bucket.get_bucket_info)
bucket.create_bucket(oss2.BUCKET_ACL_PRIVATE)
bucket.create_bucket()
assert bucket.get_bucket_info().name == bucket.bucket_name
assert bucket.bucket_name in [b.name for b in oss2.Service(auth, endpoint, region=region).list_buckets().buckets]
assert bucket.get_bucket_acl().acl == "private"
bodies = {"empty": b"", "five/mib": pattern(5 * MIB), "odd key +&?#%/\u6587\u4ef6.txt": pattern(1000)}
for key, body in bodies.items():
    result = bucket.put_object(key, body, headers={"x-oss-meta-who": "flow", "Content-Type": "text/x-flow"})
    assert result.etag == hashlib.md5(body).hexdigest().upper(), result.etag
big = pattern(64 * MIB)
upload = bucket.init_multipart_upload("big").upload_id
delete_refused("The bucket has objects.")
parts = []
for number in range(8):
    piece = big[number * 8 * MIB : (number + 1) * 8 * MIB]
    r = bucket.upload_part("big", upload, number + 1, piece)
    parts.append(PartInfo(number + 1, r.etag, size=len(piece), part_crc=r.crc))
assert [p.part_number for p in bucket.list_parts("big", upload).parts] == list(range(1, 9))
assert [u.upload_id for u in bucket.list_multipart_uploads().upload_list] == [upload]
bucket.complete_multipart_upload("big", upload, parts)
bodies["big"] = big

# an upload in parts that breaks off, and goes on where it was
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "resumed")
    with open(path, "wb") as out:
        out.write(big[: 12 * MIB])

    class Broken(Exception):
        pass

    def break_off(done, total):
        if done > total // 2:
            raise Broken

    settings = {"store": oss2.ResumableStore(folder), "multipart_threshold": MIB, "part_size": MIB, "num_threads": 1}
    expect(Broken, oss2.resumable_upload, bucket, "resumed", path, progress_callback=break_off, **settings)
    started = [u.upload_id for u in bucket.list_multipart_uploads().upload_list]
    assert len(started) == 1 and 0 < len(bucket.list_parts("resumed", started[0]).parts) < 12
    oss2.resumable_upload(bucket, "resumed", path, **settings)
    assert not bucket.list_multipart_uploads().upload_list, "another upload was begun"
bodies["resumed"] = big[: 12 * MIB]

appended = bucket.append_object("log", 0, b"one,")
assert appended.next_position == 4
assert bucket.append_object("log", 4, b"two", init_crc=appended.crc).next_position == 7
e = expect(oss2.exceptions.PositionNotEqualToLength, bucket.append_object, "log", 3, b"x")
assert e.next_position == 7
bodies["log"] = b"one,two"
for key, body in bodies.items():
    got = bucket.get_object(key)
    assert got.read() == body, key
    head = bucket.head_object(key)
    assert head.content_length == len(body)
assert bucket.head_object("five/mib").headers["x-oss-meta-who"] == "flow"
assert bucket.get_object("five/mib", byte_range=(10, 19)).read() == bodies["five/mib"][10:20]
assert sorted(o.key for o in oss2.ObjectIterator(bucket)) == sorted(bodies)
assert sorted(o.key for o in oss2.ObjectIteratorV2(bucket)) == sorted(bodies)
assert [p for p in bucket.list_objects(delimiter="/").prefix_list] == ["five/", "odd key +&?#%/"]
bucket.copy_object(bucket.bucket_name, "big", "copy")
assert bucket.get_object("copy").read() == big
expect(oss2.exceptions.NoSuchKey, bucket.get_object, "missing")
expect(oss2.exceptions.NotFound, bucket.head_object, "missing")
e = expect(oss2.exceptions.ServerError, bucket.put_object, "copy", b"x", headers={"x-oss-forbid-overwrite": "true"})
assert (e.status, e.code) == (409, "FileAlreadyExists"), e
url = bucket.sign_url("GET", "five/mib", 60, slash_safe=True)
import requests

assert requests.get(url).content == bodies["five/mib"]
delete_refused("The bucket has objects.")
bucket.delete_object("missing")
bucket.batch_delete_objects(list(bodies) + ["copy"])
assert not list(oss2.ObjectIterator(bucket))
upload = bucket.init_multipart_upload("left").upload_id
bucket.upload_part("left", upload, 1, b"part")
delete_refused("The bucket has Multipart Uploads.")
bucket.abort_multipart_upload("left", upload)
bucket.create_live_channel("channel", oss2.models.LiveChannelInfo(target=oss2.models.LiveChannelInfoTarget()))
delete_refused("The bucket has live channels.")
bucket.delete_live_channel("channel")
bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig("Enabled"))
v1 = bucket.put_object("v", b"one").versionid
v2 = bucket.put_object("v", b"two").versionid
assert v1 and v2 and v1 != v2
assert bucket.get_object("v", params={"versionId": v1}).read() == b"one"
bucket.delete_object("v")
expect(oss2.exceptions.NoSuchKey, bucket.get_object, "v")
delete_refused("The bucket has object versions or delete markers.")
listing = bucket.list_object_versions()
for item in listing.versions + listing.delete_marker:
    bucket.delete_object(item.key, params={"versionId": item.versionid})
bucket.delete_bucket()
expect(oss2.exceptions.NoSuchBucket, bucket.delete_bucket)
expect(oss2.exceptions.NoSuchBucket, bucket.put_object, "late", b"x")
print("flow complete")
