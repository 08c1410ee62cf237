"""
Text that breaks other stores, as keys, metadata, tags, prefixes, delimiters and markers, through botocore: key_corpus.py ENDPOINT AK SK SEED.
What is stored comes back byte for byte; what is refused is refused with 400 and stores nothing.
"""
import random
import sys
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, ak, sk, seed = sys.argv[1:5]
random.seed(int(seed))
bucket = "key-corpus"
s3 = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=ak, aws_secret_access_key=sk, region_name="us-east-1",
                  config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}))
s3.create_bucket(Bucket=bucket)

written = [
    "a+b", "a b", "a%20b", "a%2Bb", "a%b", "%", "%%", "%zz", "%00", "%2F", "%2f%2e", "a//b", "//a", "a//", "a/", "a/./b", "a/../b", "./a", "../a", "..", ".", "...",
    "~", "*", "(a)", "!'()*", "a=b&c=d", "a?b", "?acl", "?uploads", "a#b", "a;b", "a:b", "@", "$", ",", "a|b", "a\\b", "^`{}[]", '"quoted"', "<tag>", "]]>", "&amp;", "&#65;",
    " leading", "trailing ", "  ", "tab\there", "line\nfeed", "cr\rlf\r\n", "undefined", "null", "None", "true", "NaN", "-1", "0", "1e9", "__proto__", "constructor", "toString",
    "hasOwnProperty", "con", "NUL", "aux.txt", "-rf", "--help", "$(id)", "`id`", "; ls", "' OR 1=1 --", '" OR ""="', "{{7*7}}", "${x}", "#{x}", "%s%d%n", "<script>alert(1)</script>",
    "javascript:alert(1)", "file:///etc/passwd", "http://h/p?q#f", "C:\\a\\b", "\u00e9", "e\u0301", "\u00df\u1e9e", "\u0130i", "\u4e2d\u6587", "\u65e5\u672c\u8a9e", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "\u202ertl", "\u200bzero", "\ufeffbom", "\u00a0nbsp", "\u2028line", "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0010fffd", "\ufffd", "z\u0351\u036b\u0343a\u0321l\u0322g\u0322o",
    "\u0e33" * 20, "x" * 1024, "\u00e9" * 512, "\U0001f600" * 256, "/".join("d" for _ in range(500)), "/", "//", "///",
]
alphabets = ["abc/+ %", "\u00e9\u00fc\u00f1/ +", "\u4e00\u4e01\u4e02", "\U0001f600\U0001f601/", "".join(chr(c) for c in range(0x20, 0x7F))]
drawn = []
for _ in range(60):
    letters = random.choice(alphabets)
    text = ""
    for _ in range(random.randint(1, 300)):
        more = text + random.choice(letters)
        if len(more.encode()) > 1024:
            break
        text = more
    drawn.append(text)
keys = list(dict.fromkeys(written + drawn))


def refused(call, *codes, **given):
    try:
        call(**given)
    except ClientError as error:
        assert error.response["Error"]["Code"] in codes, (given, error.response["Error"])
        return
    raise AssertionError("not refused: %r" % (given,))


stored = []
for key in keys:
    body = ("body of " + key).encode()
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    stored.append(key)
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == body, key
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
    assert urllib.request.urlopen(url).read() == body, key
refused(s3.put_object, "KeyTooLongError", Bucket=bucket, Key="x" * 1025, Body=b"")
refused(s3.put_object, "KeyTooLongError", Bucket=bucket, Key="\u00e9" * 513, Body=b"")

for call, extra in ((s3.list_objects_v2, {}), (s3.list_objects, {}), (s3.list_object_versions, {})):
    name = "Versions" if call == s3.list_object_versions else "Contents"
    listed = [entry["Key"] for entry in call(Bucket=bucket, **extra)[name]]
    assert listed == sorted(stored, key=lambda text: text.encode()), set(listed) ^ set(stored)
# pages of one and of seven: every marker is a key of the corpus
for size in (3, 40):
    paged = [entry["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": size}) for entry in page.get("Contents", [])]
    assert paged == sorted(stored, key=lambda text: text.encode())
    # by hand: botocore's own paginator takes a marker that reads None for none, and begins again
    paged, marker = [], ""
    while True:
        page = s3.list_objects(Bucket=bucket, MaxKeys=size, Marker=marker)
        paged += [entry["Key"] for entry in page.get("Contents", [])]
        if not page["IsTruncated"]:
            break
        assert paged[-1].encode() > marker.encode(), marker
        marker = paged[-1]
    assert paged == sorted(stored, key=lambda text: text.encode())
for key in stored:
    prefix = key[: random.randint(1, len(key))]
    found = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]]
    assert found == sorted((k for k in stored if k.startswith(prefix)), key=lambda text: text.encode()), prefix
    after = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, StartAfter=key).get("Contents", [])]
    assert after == sorted((k for k in stored if k.encode() > key.encode()), key=lambda text: text.encode()), key
for delimiter in ("/", "//", "+", " ", "%", "\u00e9", "\U0001f600", "a"):
    answer = s3.list_objects_v2(Bucket=bucket, Delimiter=delimiter)
    expected = sorted({k[: k.index(delimiter) + len(delimiter)] for k in stored if delimiter in k}, key=lambda text: text.encode())
    assert [p["Prefix"] for p in answer.get("CommonPrefixes", [])] == expected, delimiter
    assert [c["Key"] for c in answer.get("Contents", [])] == sorted((k for k in stored if delimiter not in k), key=lambda text: text.encode()), delimiter

# copies: source in the header, escaped by botocore
for key in stored:
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key})
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == ("body of " + key).encode(), key

# tags: any text S3 allows; others are refused and the tags before stay
allowed = set(" +-=._:/@")
for text in [t for t in keys if len(t) <= 128]:
    fine = all(c.isalnum() or c.isspace() or c in allowed for c in text) and text == text.strip() and text.isprintable() and not text.lower().startswith("aws:")
    tagging = {"TagSet": [{"Key": "k", "Value": text}]}
    try:
        s3.put_object_tagging(Bucket=bucket, Key="copy", Tagging=tagging)
        assert s3.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"] == tagging["TagSet"], text
    except ClientError as error:
        assert not (fine and text.isascii()), (text, error.response["Error"])
        assert error.response["Error"]["Code"] in ("InvalidTag", "MalformedXML"), error.response["Error"]

# metadata: visible ASCII goes as it is
for text in [t for t in keys if t.isascii() and t.isprintable() and t == t.strip() and len(t) < 1000 and t]:
    s3.put_object(Bucket=bucket, Key="meta", Body=b"", Metadata={"k": text})
    assert s3.head_object(Bucket=bucket, Key="meta")["Metadata"] == {"k": text}, text

everything = stored + ["copy", "meta"]
# a document of deletes holds every key; what XML cannot carry would have been refused above
for start in range(0, len(everything), 100):
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in everything[start:start + 100]]})
    assert not answer.get("Errors"), answer["Errors"]
    assert sorted(d["Key"] for d in answer["Deleted"]) == sorted(everything[start:start + 100])
assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
s3.delete_bucket(Bucket=bucket)
print("flow complete:", len(stored), "keys")
