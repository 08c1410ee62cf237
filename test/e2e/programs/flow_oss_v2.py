"""A bucket's life through alibabacloud-oss-v2: flow_oss_v2.py ENDPOINT AK SK VERSION(v1|v4). Exits non-zero on the first surprise."""
import os
import sys
import tempfile
import urllib.request

import alibabacloud_oss_v2 as oss

endpoint, ak, sk, version = sys.argv[1:5]
config = oss.config.load_default()
config.credentials_provider = oss.credentials.StaticCredentialsProvider(ak, sk)
config.region = "cn-hangzhou"
config.endpoint = endpoint
config.signature_version = version
client = oss.Client(config)
bucket = "flow-oss-v2-" + version
MIB = 1024 * 1024


def pattern(size):
    return bytes((i * 31 + (i >> 8)) & 255 for i in range(min(size, 65536))) * (size // 65536 + 1)


def refused(code, call, *args, message=""):
    try:
        call(*args)
    except oss.exceptions.OperationError as error:
        e = error.unwrap()
        assert e.code == code and message in e.message, (code, message, e)
        assert e.request_id, e
        return e
    raise AssertionError("%s was not raised" % code)


def delete_refused(message):
    assert refused("BucketNotEmpty", client.delete_bucket, oss.DeleteBucketRequest(bucket=bucket), message=message).status_code == 409


def read(key, **more):
    with client.get_object(oss.GetObjectRequest(bucket=bucket, key=key, **more)).body as body:
        return body.read()


def control(method, key, body=None, **parameters):
    """What the SDK has no call for any more."""
    told = {"op_metadata": {"sub-resource": ["live"]}, "parameters": {"live": "", **parameters}}
    return client.invoke_operation(oss.OperationInput(op_name="Live", method=method, bucket=bucket, key=key, body=body, **told))


assert not client.is_bucket_exist(bucket)
client.put_bucket(oss.PutBucketRequest(bucket=bucket, acl="private", create_bucket_configuration=oss.CreateBucketConfiguration(storage_class="IA")))
info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket)).bucket_info
assert (info.name, info.storage_class, info.location) == (bucket, "IA", "oss-cn-hangzhou"), vars(info)
assert bucket in [b.name for page in client.list_buckets_paginator().iter_page(oss.ListBucketsRequest(prefix="flow-")) for b in page.buckets]

bodies = {"empty": b"", "one/five": pattern(5 * MIB)[: 5 * MIB], "odd key +&?#%/\u6587\u4ef6.txt": pattern(1000)[:1000]}
for key, body in bodies.items():
    client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body, content_type="text/x-flow", metadata={"who": "flow"}))
    assert read(key) == body, key
head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key="one/five"))
assert (head.content_length, head.content_type, head.metadata["who"], head.storage_class) == (5 * MIB, "text/x-flow", "flow", "IA"), vars(head)
assert read("one/five", range_header="bytes=10-19") == bodies["one/five"][10:20]
delete_refused("The bucket has objects.")

# an upload in parts that breaks off, and goes on where it was
large = pattern(12 * MIB)[: 12 * MIB]
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "large")
    with open(path, "wb") as out:
        out.write(large)
    uploader = client.uploader(part_size=MIB, parallel_num=1, enable_checkpoint=True, checkpoint_dir=folder)

    class Broken(Exception):
        pass

    def break_off(_size, done, total):
        if done > total // 2:
            raise Broken

    try:
        uploader.upload_file(oss.PutObjectRequest(bucket=bucket, key="large", progress_fn=break_off), path)
        raise AssertionError("did not break off")
    except Broken:
        pass
    except Exception as error:
        assert "Broken" in repr(error) + repr(error.__cause__) + str(error), repr(error)
    uploads = client.list_multipart_uploads(oss.ListMultipartUploadsRequest(bucket=bucket)).uploads
    assert [u.key for u in uploads] == ["large"]
    started = uploads[0].upload_id
    before = len(client.list_parts(oss.ListPartsRequest(bucket=bucket, key="large", upload_id=started)).parts)
    assert 0 < before < 12, before
    sizes = []
    done = uploader.upload_file(oss.PutObjectRequest(bucket=bucket, key="large", progress_fn=lambda size, *_: sizes.append(size)), path)
    assert done.upload_id == started, "another upload was begun"
assert read("large") == large
down = client.downloader(part_size=2 * MIB, parallel_num=2)
with tempfile.NamedTemporaryFile() as out:
    down.download_file(oss.GetObjectRequest(bucket=bucket, key="large"), out.name)
    with open(out.name, "rb") as got:
        assert got.read() == large

with client.append_file(bucket, "log") as log:
    log.write(b"one,")
    log.write(b"two")
assert read("log") == b"one,two"
appended = client.append_object(oss.AppendObjectRequest(bucket=bucket, key="log", position=7, body=b",three"))
assert appended.next_position == 13
refused("PositionNotEqualToLength", client.append_object, oss.AppendObjectRequest(bucket=bucket, key="log", position=7, body=b"x"))
client.seal_append_object(oss.SealAppendObjectRequest(bucket=bucket, key="log", position="13"))

client.copy_object(oss.CopyObjectRequest(bucket=bucket, key="copied", source_key="odd key +&?#%/\u6587\u4ef6.txt"))
assert read("copied") == pattern(1000)[:1000]
client.copier(part_size=5 * MIB, parallel_num=2, multipart_copy_threshold=6 * MIB).copy(oss.CopyObjectRequest(bucket=bucket, key="copied in parts", source_key="large"))
assert read("copied in parts") == large
refused("PreconditionFailed", client.copy_object, oss.CopyObjectRequest(bucket=bucket, key="x", source_key="large", if_match='"0"'))

listed = [o.key for page in client.list_objects_v2_paginator(limit=3).iter_page(oss.ListObjectsV2Request(bucket=bucket)) for o in page.contents or []]
assert listed == sorted([*bodies, "large", "log", "copied", "copied in parts"], key=str.encode), listed
folders = client.list_objects(oss.ListObjectsRequest(bucket=bucket, delimiter="/"))
assert [p.prefix for p in folders.common_prefixes] == ["odd key +&?#%/", "one/"]

signed = client.presign(oss.GetObjectRequest(bucket=bucket, key="odd key +&?#%/\u6587\u4ef6.txt"))
assert urllib.request.urlopen(signed.url).read() == pattern(1000)[:1000]
client.put_symlink(oss.PutSymlinkRequest(bucket=bucket, key="link", symlink_target="copied"))
assert read("link") == pattern(1000)[:1000]
client.put_object_tagging(oss.PutObjectTaggingRequest(bucket=bucket, key="copied", tagging=oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key="a", value="b")]))))
assert [(t.key, t.value) for t in client.get_object_tagging(oss.GetObjectTaggingRequest(bucket=bucket, key="copied")).tag_set.tags] == [("a", "b")]
refused("NoSuchKey", client.get_object, oss.GetObjectRequest(bucket=bucket, key="missing"))
refused("FileAlreadyExists", client.put_object, oss.PutObjectRequest(bucket=bucket, key="copied", body=b"x", forbid_overwrite=True))

client.delete_multiple_objects(oss.DeleteMultipleObjectsRequest(bucket=bucket, objects=[oss.DeleteObject(key=key) for key in [*listed, "link"]]))
left = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key="left"))
delete_refused("The bucket has Multipart Uploads.")
client.abort_multipart_upload(oss.AbortMultipartUploadRequest(bucket=bucket, key="left", upload_id=left.upload_id))
control("PUT", "channel", "<LiveChannelConfiguration><Target><Type>HLS</Type></Target></LiveChannelConfiguration>")
delete_refused("The bucket has live channels.")
control("DELETE", "channel")
client.put_bucket_versioning(oss.PutBucketVersioningRequest(bucket=bucket, versioning_configuration=oss.VersioningConfiguration(status="Enabled")))
first = client.put_object(oss.PutObjectRequest(bucket=bucket, key="v", body=b"one")).version_id
client.put_object(oss.PutObjectRequest(bucket=bucket, key="v", body=b"two"))
assert read("v", version_id=first) == b"one"
client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="v"))
delete_refused("The bucket has object versions or delete markers.")
versions = client.list_object_versions(oss.ListObjectVersionsRequest(bucket=bucket))
for item in [*versions.version, *versions.delete_marker]:
    client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key=item.key, version_id=item.version_id))
client.delete_bucket(oss.DeleteBucketRequest(bucket=bucket))
refused("NoSuchBucket", client.delete_bucket, oss.DeleteBucketRequest(bucket=bucket))
refused("NoSuchBucket", client.put_object, oss.PutObjectRequest(bucket=bucket, key="late", body=b"x"))
print("flow complete")
