"""Uses a gateway as a Python program would: settings from the environment alone, boto3's defaults for the rest.

Prints one JSON line for each check: {"check": name, "seen": {...}}, or "error" with a traceback. Judging them is the caller's part.
"""

import hashlib
import io
import json
import os
import threading
import traceback
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

MIB = 1024 * 1024


def connect(**options):
    # Before 1.28 it does not know AWS_ENDPOINT_URL; None leaves the choice to it.
    return boto3.client("s3", endpoint_url=os.environ.get("ENDPOINT_URL_IN_CODE"), **options)


s3 = connect()


def sample(seed, size):
    return hashlib.shake_128(seed.encode()).digest(size)


def new_bucket(name):
    s3.create_bucket(Bucket=name)
    return name


def read(bucket, key):
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def file_transfer():
    bucket = new_bucket("boto3-files")
    content = sample("file", 30 * MIB)
    with open("up.bin", "wb") as file:
        file.write(content)
    s3.upload_file("up.bin", bucket, "a folder/up.bin", ExtraArgs={"ContentType": "application/x-sample"})
    head = s3.head_object(Bucket=bucket, Key="a folder/up.bin")
    s3.download_file(bucket, "a folder/up.bin", "down.bin")
    with open("down.bin", "rb") as file:
        same = file.read() == content
    return {
        "sameBytes": same,
        "sizeBytes": head["ContentLength"],
        "contentType": head["ContentType"],
        "etagParts": head["ETag"].strip('"').partition("-")[2],
    }


def put_and_get():
    bucket = new_bucket("boto3-metadata")
    key = "größe + 100%.txt"
    content = sample("metadata", 1000)
    put = s3.put_object(
        Bucket=bucket,
        Key=key,
        Body=content,
        ContentType="text/plain; charset=utf-8",
        CacheControl="max-age=60",
        Metadata={"colour": "dark  green", "Number": "7"},
    )
    got = s3.get_object(Bucket=bucket, Key=key)
    return {
        "sameBytes": got["Body"].read() == content,
        "etagIsMd5": put["ETag"] == f'"{hashlib.md5(content).hexdigest()}"' and put["ETag"] == got["ETag"],
        "addsCrc32": "ChecksumCRC32" in put,
        "crc32IsKept": put.get("ChecksumCRC32") == got.get("ChecksumCRC32"),
        "metadata": got["Metadata"],
        "contentType": got["ContentType"],
        "cacheControl": got["CacheControl"],
        "missing": error_code(lambda: read(bucket, "nothing here")),
    }


def delete_many():
    bucket = new_bucket("boto3-delete")
    keys = ["plain", "a b", "<&>\"'", "new\nline", "日本", "100%25"]
    for key in [*keys, "kept"]:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    result = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in [*keys, "never was"]]})
    return {
        "deleted": sorted(entry["Key"] for entry in result["Deleted"]) == sorted([*keys, "never was"]),
        "errors": result.get("Errors", []),
        "left": [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]],
    }


def pages():
    bucket = new_bucket("boto3-pages")
    top = [f"top {n:04}" for n in range(1250)]
    nested = [f"folder {n % 250:03}/file {n:04}" for n in range(1250)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=b""), top + nested))
    paginate = s3.get_paginator("list_objects_v2").paginate
    flat = list(paginate(Bucket=bucket))
    grouped = list(paginate(Bucket=bucket, Delimiter="/"))
    below = list(paginate(Bucket=bucket, Delimiter="/", Prefix="folder 007/", PaginationConfig={"PageSize": 2}))
    old = list(s3.get_paginator("list_objects").paginate(Bucket=bucket, Delimiter="/"))
    return {
        "flatPages": [page["KeyCount"] for page in flat],
        "flatIsComplete": names(flat, "Contents", "Key") == sorted(top + nested),
        "groupedPages": [page["KeyCount"] for page in grouped],
        "groupedKeys": names(grouped, "Contents", "Key") == top,
        "groupedPrefixes": names(grouped, "CommonPrefixes", "Prefix") == [f"folder {n:03}/" for n in range(250)],
        "below": names(below, "Contents", "Key"),
        "version1IsEqual": names(old, "Contents", "Key") == top and len(names(old, "CommonPrefixes", "Prefix")) == 250,
    }


def copy():
    bucket = new_bucket("boto3-copy")
    content = sample("copy", 9 * MIB)
    s3.upload_fileobj(io.BytesIO(content), bucket, "from/a b?.bin", ExtraArgs={"Metadata": {"kind": "original"}})
    source = {"Bucket": bucket, "Key": "from/a b?.bin"}
    s3.copy_object(Bucket=bucket, Key="same", CopySource=source)
    s3.copy_object(
        Bucket=bucket, Key="changed", CopySource=source, MetadataDirective="REPLACE", Metadata={"kind": "copy"}
    )
    s3.copy(source, bucket, "in parts", Config=boto3.s3.transfer.TransferConfig(multipart_threshold=5 * MIB))
    copies = ["same", "changed", "in parts"]
    return {
        "sameBytes": all(read(bucket, key) == content for key in copies),
        "kinds": [s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("kind") for key in copies[:2]],
        "partsEtag": s3.head_object(Bucket=bucket, Key="in parts")["ETag"].strip('"').partition("-")[2],
    }


def presigned():
    bucket = new_bucket("boto3-presigned")
    # Without this boto3 presigns for us-east-1 with Signature Version 2, which AWS has retired.
    signer = connect(config=Config(signature_version="s3v4"))
    address = {"Bucket": bucket, "Key": "a b+ü.bin"}
    content = sample("presigned", 100_000)
    put_url = signer.generate_presigned_url("put_object", Params=address, ExpiresIn=60)
    get_url = signer.generate_presigned_url(
        "get_object", Params={**address, "ResponseContentDisposition": 'attachment; filename="b c.bin"'}, ExpiresIn=60
    )
    plain_url = signer.generate_presigned_url("get_object", Params=address, ExpiresIn=60)
    put = urllib.request.urlopen(urllib.request.Request(put_url, data=content, method="PUT"))
    got = urllib.request.urlopen(get_url)
    return {
        "putStatus": put.status,
        "sameBytes": got.read() == content,
        "disposition": got.headers["content-disposition"],
        "putWithGetUrl": http_status(urllib.request.Request(plain_url, data=b"other", method="PUT")),
        "deleteWithGetUrl": http_status(urllib.request.Request(plain_url, method="DELETE")),
        "getWithoutSignature": http_status(plain_url.partition("?")[0]),
        "version2": http_status(s3.generate_presigned_url("get_object", Params=address)),
    }


class OneWay:
    """A stream that can only be read forward, and gives less than it is asked for, as sockets do."""

    def __init__(self, content):
        self._stream = io.BytesIO(content)

    def read(self, size=-1):
        return self._stream.read(min(size, 65_521) if size >= 0 else -1)


def forward_stream():
    bucket = new_bucket("boto3-stream")
    content = sample("stream", 20 * MIB + 1)
    s3.upload_fileobj(OneWay(content), bucket, "stream")
    into = io.BytesIO()
    s3.download_fileobj(bucket, "stream", into)

    reading, writing = os.pipe()
    writer = threading.Thread(target=write_all, args=(writing, content))
    writer.start()
    with os.fdopen(reading, "rb") as pipe:
        s3.upload_fileobj(pipe, bucket, "pipe")
    writer.join()
    return {"sameBytes": into.getvalue() == content, "samePipeBytes": read(bucket, "pipe") == content}


def write_all(descriptor, content):
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def names(all_pages, field, name):
    return [entry[name] for page in all_pages for entry in page.get(field, [])]


def error_code(action):
    try:
        action()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def http_status(request):
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error:
        return error.code


for check in [file_transfer, put_and_get, delete_many, pages, copy, presigned, forward_stream]:
    try:
        line = {"check": check.__name__, "seen": check()}
    except Exception:
        line = {"check": check.__name__, "error": traceback.format_exc()}
    print(json.dumps(line), flush=True)
