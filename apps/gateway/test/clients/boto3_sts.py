"""Gets and uses temporary keys as a program would; prints what it has seen as one JSON document."""

import datetime
import json
import os
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint = {"endpoint_url": os.environ["ENDPOINT_URL"]}
role = os.environ["ROLE_ARN"]


def use(name, credentials, **more):
    return boto3.client(
        name,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        **{**endpoint, **more},
    )


def refusal(call):
    try:
        return call()
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]


sts = boto3.client("sts", **endpoint)
caller = sts.get_caller_identity()
caller.pop("ResponseMetadata")

wrong = boto3.client(
    "sts", aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"], aws_secret_access_key="wrong", **endpoint
)

session = sts.get_session_token()["Credentials"]
left = session["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
s3 = use("s3", session)

narrow = sts.assume_role(RoleArn=role, RoleSessionName="reader", Policy=os.environ["POLICY"])["Credentials"]
reader = use("s3", narrow)
# Presigned by version 2 unless it is told otherwise, and that is refused.
presigning = use("s3", narrow, config=Config(signature_version="s3v4"))
url = presigning.generate_presigned_url("get_object", Params={"Bucket": "temporary", "Key": "cat"})

print(
    json.dumps(
        {
            "caller": caller,
            "hours": round(left.total_seconds() / 3600),
            "session": [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]],
            "read": reader.get_object(Bucket="temporary", Key="cat")["Body"].read().decode(),
            "presigned": urllib.request.urlopen(url).read().decode(),
            "denied": refusal(lambda: reader.put_object(Bucket="temporary", Key="dog", Body=b"woof")),
            "again": refusal(lambda: use("sts", session).get_session_token()),
            "tooShort": refusal(
                lambda: sts.assume_role(RoleArn=role, RoleSessionName="reader", DurationSeconds=43201)
            ),
            "malformed": refusal(lambda: sts.assume_role(RoleArn=role, RoleSessionName="reader", Policy="{}")),
            "anotherRole": refusal(
                lambda: sts.assume_role(RoleArn=role.replace("self", "admin"), RoleSessionName="reader")
            ),
            "wrongSecret": refusal(wrong.get_session_token),
        }
    )
)
