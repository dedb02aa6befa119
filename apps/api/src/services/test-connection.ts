import { randomBytes } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { Problem } from "../http/problem.ts";
import { describeS3Error } from "./describe-s3-error.ts";

const timeoutMs = 20_000;
const cleanUpMs = 5_000;

/**
 * Tries what services are used for: list, put, get, multipart, delete, in a bucket that is made for it, or in `bucket`. Nothing of it stays.
 * Throws a {@link Problem} that says which of it failed.
 */
export async function testConnection(client: S3Client, bucket: string | undefined): Promise<void> {
  const abortSignal = AbortSignal.timeout(timeoutMs);
  const scratch = bucket ?? `stave-test-${randomBytes(8).toString("hex")}`;
  const address = { Bucket: scratch, Key: `stave-test/${randomBytes(8).toString("hex")}` };
  const content = randomBytes(1024);
  const attempt = async <T>(what: string, work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw refused(what, error, abortSignal.aborted);
    }
  };
  const options = { abortSignal };

  if (bucket === undefined) {
    await attempt("ListBuckets", client.send(new ListBucketsCommand({}), options));
    await attempt("CreateBucket", client.send(new CreateBucketCommand({ Bucket: scratch }), options));
  }
  try {
    await attempt("PutObject", client.send(new PutObjectCommand({ ...address, Body: content }), options));
    await attempt("GetObject", readBack(client, address, content, options));
    const list = new ListObjectsV2Command({ Bucket: scratch, Prefix: address.Key, MaxKeys: 1 });
    await attempt("ListObjectsV2", client.send(list, options));
    await attempt(
      "a multipart upload",
      uploadInParts(client, { ...address, Key: `${address.Key}-parts` }, content, options),
    );
    await attempt("DeleteObject", client.send(new DeleteObjectCommand(address), options));
  } finally {
    await cleanUp(client, address, bucket === undefined);
  }
}

type Address = { readonly Bucket: string; readonly Key: string };
type SendOptions = { readonly abortSignal: AbortSignal };

async function readBack(client: S3Client, address: Address, content: Buffer, options: SendOptions): Promise<void> {
  const range = `bytes=0-${content.length - 1}`; // whoever answers with more is cut off
  const { Body, ContentLength } = await client.send(new GetObjectCommand({ ...address, Range: range }), options);
  if (Body === undefined || ContentLength !== content.length) throw new Error("It gave back something else");
  if (!content.equals(await Body.transformToByteArray())) throw new Error("It gave back something else");
}

async function uploadInParts(client: S3Client, address: Address, content: Buffer, options: SendOptions): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(address), options);
  const upload = { ...address, UploadId };
  try {
    const part = new UploadPartCommand({ ...upload, PartNumber: 1, Body: content });
    const { ETag } = await client.send(part, options);
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }), options);
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand(upload), options).catch(() => {});
    throw error;
  }
  await client.send(new DeleteObjectCommand(address), options);
}

/** As well as it can be done: what failed before is what its caller is told. */
async function cleanUp(client: S3Client, { Bucket, Key }: Address, removesBucket: boolean): Promise<void> {
  const options = { abortSignal: AbortSignal.timeout(cleanUpMs) };
  for (const key of [Key, `${Key}-parts`]) {
    await client.send(new DeleteObjectCommand({ Bucket, Key: key }), options).catch(() => {});
  }
  if (removesBucket) await client.send(new DeleteBucketCommand({ Bucket }), options).catch(() => {});
}

function refused(what: string, error: unknown, isLate: boolean): Problem {
  const { code, reason } = describeS3Error(error);
  const nextActions =
    what === "CreateBucket" && code === "AccessDenied"
      ? ["Name a bucket that the keys may use as test_bucket."]
      : ["Check endpoint, region and keys, and that the keys may do this."];
  const detail = isLate ? `${what} was not done within ${timeoutMs / 1000} s.` : `${what} failed. ${reason}`;
  return new Problem("UNPROCESSABLE", { detail, nextActions, cause: error });
}
