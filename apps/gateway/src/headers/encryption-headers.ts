// Server-side encryption: https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
import { createHash } from "node:crypto";
import { type CustomerKey, isManaged } from "../encryption/object-key.ts";
import { S3Error } from "../errors/s3-error.ts";
import type { RequestHeaders } from "../http/request-headers.ts";

const managedHeader = "x-amz-server-side-encryption";
const kmsHeaders = [`${managedHeader}-aws-kms-key-id`, `${managedHeader}-context`] as const;
const bucketKeyHeader = `${managedHeader}-bucket-key-enabled`;
const customerNames = namesOf(`${managedHeader}-customer`);
const sourceNames = namesOf(`x-amz-copy-source-server-side-encryption-customer`);

/** The headers of server-side encryption that this server reads. */
export const encryptionHeaderNames: readonly string[] = [
  managedHeader,
  ...kmsHeaders,
  bucketKeyHeader,
  ...Object.values(customerNames),
  ...Object.values(sourceNames),
];

/** What a write asks for: SSE-C with this key, or SSE-S3. */
export type AskedEncryption = { readonly customer: CustomerKey | undefined };

/**
 * Undefined when nothing is asked. Throws `NotImplemented` for SSE-KMS; `InvalidArgument` and `InvalidEncryptionAlgorithmError`
 * for what S3 does not take either.
 */
export function readAskedEncryption(headers: RequestHeaders): AskedEncryption | undefined {
  const method = headers[managedHeader];
  const customer = readCustomerKey(headers);
  if (method === undefined) {
    refuseKmsDetails(headers);
    return customer && { customer };
  }
  if (customer !== undefined) {
    throw invalid(
      managedHeader,
      "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
    );
  }
  if (method === "aws:kms" || method === "aws:kms:dsse") throw kmsNotImplemented({ Header: managedHeader });
  if (method !== "AES256") throw invalid(managedHeader, "The encryption method specified is not supported");
  refuseKmsDetails(headers);
  return { customer: undefined };
}

/** The key of SSE-C. All three headers or none: `InvalidArgument`, `InvalidEncryptionAlgorithmError`. */
export function readCustomerKey(headers: RequestHeaders, of: "object" | "source" = "object"): CustomerKey | undefined {
  const names = of === "object" ? customerNames : sourceNames;
  const algorithm = headers[names.algorithm];
  const key = headers[names.key];
  const md5 = headers[names.md5];
  if (algorithm === undefined && key === undefined && md5 === undefined) return undefined;
  const requests = "Requests specifying Server Side Encryption with Customer provided keys must provide";
  if (algorithm === undefined) throw invalid(names.algorithm, `${requests} a valid encryption algorithm.`);
  if (algorithm !== "AES256") {
    throw new S3Error(
      "InvalidEncryptionAlgorithmError",
      "The encryption request you specified is not valid. The valid value is AES256.",
      { elements: { ArgumentName: names.algorithm, ArgumentValue: algorithm } },
    );
  }
  if (key === undefined) throw invalid(names.key, `${requests} an appropriate secret key.`);
  if (md5 === undefined) throw invalid(names.md5, `${requests} the client calculated MD5 of the secret key.`);
  const bytes = Buffer.from(key, "base64");
  if (bytes.length !== 32 || bytes.toString("base64") !== key.trim()) {
    throw invalid(names.key, "The secret key was invalid for the specified algorithm.");
  }
  if (createHash("md5").update(bytes).digest("base64") !== md5.trim()) {
    throw invalid(names.md5, "The calculated MD5 hash of the key did not match the hash that was provided.");
  }
  return { bytes };
}

/** What an answer says of how an object, or a part of it, is encrypted. The request has brought the customer's key. */
export function encryptionHeaders(headers: RequestHeaders, description: string | undefined): Record<string, string> {
  if (description === undefined) return {};
  if (isManaged(description)) return { [managedHeader]: "AES256" };
  return { [customerNames.algorithm]: "AES256", [customerNames.md5]: headers[customerNames.md5]?.trim() ?? "" };
}

/** A read brings a key or nothing: only writes say how to encrypt. Throws `InvalidArgument`. */
export function refuseManagedHeader(headers: RequestHeaders): void {
  if (headers[managedHeader] === undefined) return;
  throw invalid(managedHeader, `${managedHeader} header is not supported for this operation.`);
}

export function kmsNotImplemented(elements: Readonly<Record<string, string>>): S3Error {
  return new S3Error(
    "NotImplemented",
    "Server-side encryption with KMS keys (aws:kms, aws:kms:dsse) is not implemented. Use AES256 or a customer-provided key.",
    { elements },
  );
}

function refuseKmsDetails(headers: RequestHeaders): void {
  const named = kmsHeaders.find((name) => headers[name] !== undefined);
  const wanted = named ?? (headers[bucketKeyHeader]?.toLowerCase() === "true" ? bucketKeyHeader : undefined);
  if (wanted === undefined) return;
  throw invalid(
    wanted,
    `Server Side Encryption with AWS KMS managed key requires HTTP header ${managedHeader} : aws:kms`,
  );
}

function namesOf(prefix: string) {
  return { algorithm: `${prefix}-algorithm`, key: `${prefix}-key`, md5: `${prefix}-key-md5` } as const;
}

/** Without the value: it may be a key. */
function invalid(name: string, message: string): S3Error {
  return new S3Error("InvalidArgument", message, { elements: { ArgumentName: name } });
}
