"""Temporary keys as boto3, Alibaba Cloud's own core SDK and oss2 ask for them and use them: each through both vendors' doors, and less than the role may where a policy says so."""
import json
import sys
from urllib.parse import urlparse

import boto3
import oss2
import requests
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, key_id, secret, account, uid = sys.argv[1:6]
region = "cn-hangzhou"
bucket_name = "temporary-python"


def s3(keys=None, version="s3v4"):
    keys = keys or {"AccessKeyId": key_id, "SecretAccessKey": secret, "SessionToken": None}
    return boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
                        aws_session_token=keys["SessionToken"], config=Config(signature_version=version, s3={"addressing_style": "path"}))


def refused(call, code):
    try:
        call()
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
    except oss2.exceptions.ServerError as error:
        assert error.code == code, error
    else:
        raise AssertionError(f"not refused with {code}")


s3().create_bucket(Bucket=bucket_name)
s3().put_object(Bucket=bucket_name, Key="in/one", Body=b"bytes")
only = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::{bucket_name}/in/*"}]}

# AWS's form, at the path and where a client finds it that is told one endpoint.
issued = []
for address in (f"{endpoint}/-/sts", endpoint):
    sts = boto3.client("sts", endpoint_url=address, region_name="us-east-1", aws_access_key_id=key_id, aws_secret_access_key=secret)
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:root"
    assert sts.get_session_token(DurationSeconds=900)["Credentials"]["AccessKeyId"].startswith("ASIA")
    answer = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/worker", RoleSessionName="boto", Policy=json.dumps(only), DurationSeconds=900)
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{account}:assumed-role/worker/boto"
    issued.append(answer["Credentials"])
    refused(lambda: sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/nobody", RoleSessionName="boto"), "AccessDenied")
    refused(lambda: sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/worker", RoleSessionName="boto", DurationSeconds=43200), "ValidationError")
temporary = boto3.client("sts", endpoint_url=f"{endpoint}/-/sts", region_name="us-east-1", aws_access_key_id=issued[0]["AccessKeyId"],
                         aws_secret_access_key=issued[0]["SecretAccessKey"], aws_session_token=issued[0]["SessionToken"])
assert temporary.get_caller_identity()["Arn"].endswith(":assumed-role/worker/boto")

# RAM's form, through the vendor's own client.
where = urlparse(endpoint).netloc
client = AcsClient(key_id, secret, region)
request = CommonRequest()
request.set_domain(where)
request.set_protocol_type("http")
request.set_method("POST")
request.set_version("2015-04-01")
request.set_action_name("AssumeRole")
request.add_query_param("RoleArn", f"acs:ram::{uid}:role/worker")
request.add_query_param("RoleSessionName", "ram")
request.add_query_param("Policy", json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["oss:GetObject", "oss:PutObject"], "Resource": [f"acs:oss:*:*:{bucket_name}/in/*"]}]}))
ram = json.loads(client.do_action_with_exception(request))["Credentials"]
assert ram["AccessKeyId"].startswith("STS.")
issued.append({"AccessKeyId": ram["AccessKeyId"], "SecretAccessKey": ram["AccessKeySecret"], "SessionToken": ram["SecurityToken"]})

for keys in issued:
    for version in ("s3v4", "s3"):
        narrow = s3(keys, version)
        assert narrow.get_object(Bucket=bucket_name, Key="in/one")["Body"].read() == b"bytes"
        narrow.put_object(Bucket=bucket_name, Key="in/two", Body=b"two")
        refused(lambda: narrow.put_object(Bucket=bucket_name, Key="out", Body=b"no"), "AccessDenied")
        refused(lambda: narrow.delete_object(Bucket=bucket_name, Key="in/two"), "AccessDenied")
        refused(lambda: narrow.list_objects_v2(Bucket=bucket_name), "AccessDenied")
        url = narrow.generate_presigned_url("get_object", Params={"Bucket": bucket_name, "Key": "in/one"}, ExpiresIn=60)
        assert requests.get(url).content == b"bytes", requests.get(url).text
    for version in (oss2.AUTH_VERSION_1, oss2.AUTH_VERSION_2, oss2.AUTH_VERSION_4):
        auth = oss2.StsAuth(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], version)
        bucket = oss2.Bucket(auth, endpoint, bucket_name, region=region)
        assert bucket.get_object("in/one").read() == b"bytes"
        bucket.put_object("in/two", b"two")
        refused(lambda: bucket.put_object("out", b"no"), "AccessDenied")
        assert requests.get(bucket.sign_url("GET", "in/one", 60)).content == b"bytes"
    # Neither without its token, nor with another's.
    refused(lambda: s3({**keys, "SessionToken": None}).get_object(Bucket=bucket_name, Key="in/one"), "InvalidAccessKeyId")
    other = next(one for one in issued if one is not keys)
    mixed = oss2.Bucket(oss2.StsAuth(keys["AccessKeyId"], keys["SecretAccessKey"], other["SessionToken"]), endpoint, bucket_name)
    refused(lambda: mixed.get_object("in/one").read(), "AccessKeyIdAndSecurityTokenNotMatch")

for name in ("in/one", "in/two"):
    s3().delete_object(Bucket=bucket_name, Key=name)
s3().delete_bucket(Bucket=bucket_name)
print("flow complete")
