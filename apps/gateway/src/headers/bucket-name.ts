// Bucket naming rules: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
import { S3Error } from "../errors/s3-error.ts";

const shape = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const reservedPrefixes = ["xn--", "sthree-", "amzn-s3-demo-"];
const reservedSuffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/** `storage` would collide with the mount `/storage/v1/s3`. */
const reservedNames = new Set(["storage"]);

/** Throws `InvalidBucketName`. */
export function checkBucketName(name: string): void {
  const isValid =
    shape.test(name) &&
    !name.includes("..") &&
    !ipv4.test(name) &&
    !reservedNames.has(name) &&
    !reservedPrefixes.some((prefix) => name.startsWith(prefix)) &&
    !reservedSuffixes.some((suffix) => name.endsWith(suffix));
  if (isValid) return;
  throw new S3Error("InvalidBucketName", "The specified bucket is not valid.", { elements: { BucketName: name } });
}
