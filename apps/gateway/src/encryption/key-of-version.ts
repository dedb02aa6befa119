import type { BodyEncryption, ObjectVersion, Upload } from "@stave/object-store";
import { S3Error } from "../errors/s3-error.ts";
import { readAskedEncryption, readCustomerKey, refuseManagedHeader } from "../headers/encryption-headers.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import type { MasterKeys } from "./master-keys.ts";
import { isManaged, openForCustomer, openManaged } from "./object-key.ts";

type Encrypted = Pick<ObjectVersion, "encryption">;

/**
 * Throws for a read whose headers do not go with the object: `InvalidRequest` for a key that is missing or not wanted,
 * `AccessDenied` for a wrong one, `InvalidArgument`. `of`: whether it is read for an answer, or as the source of a copy.
 */
export function checkReader(
  headers: RequestHeaders,
  { encryption }: Encrypted,
  of: "object" | "source" = "object",
): void {
  if (of === "object") refuseManagedHeader(headers);
  if (encryption === undefined || isManaged(encryption)) {
    if (readCustomerKey(headers, of) === undefined) return;
    throw new S3Error("InvalidRequest", "The encryption parameters are not applicable to this object.");
  }
  customerKeyOf(headers, encryption, of);
}

/** The key to the bytes of an encrypted version, for who may have it. Throws as {@link checkReader} does. */
export function keyOfVersion(
  masterKeys: MasterKeys,
  headers: RequestHeaders,
  { encryption = "" }: Encrypted,
  of: "object" | "source" = "object",
): Uint8Array {
  return isManaged(encryption) ? openManaged(encryption, masterKeys) : customerKeyOf(headers, encryption, of);
}

/**
 * How a part is encrypted: with the key of its upload, which a request must bring if it is the customer's. Throws
 * `InvalidRequest` for other encryption than the upload's, and what {@link readAskedEncryption} throws.
 */
export function encryptionOfPart(
  masterKeys: MasterKeys,
  headers: RequestHeaders,
  { encryption }: Pick<Upload, "encryption">,
): BodyEncryption | undefined {
  const asked = readAskedEncryption(headers);
  if (encryption === undefined || isManaged(encryption)) {
    if (encryption === undefined) refuseManagedHeader(headers);
    if (asked?.customer !== undefined) {
      throw new S3Error(
        "InvalidRequest",
        "The multipart upload initiate did not request encryption with a customer-provided key. Please resend the request without sending encryption parameters.",
      );
    }
    return encryption === undefined ? undefined : { key: openManaged(encryption, masterKeys) };
  }
  const customer = asked?.customer;
  if (customer === undefined) {
    throw new S3Error(
      "InvalidRequest",
      "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.",
    );
  }
  const key = openForCustomer(encryption, customer);
  if (key !== undefined) return { key, hidesMd5: true };
  throw new S3Error("InvalidRequest", "The provided encryption parameters did not match the ones used originally.");
}

function customerKeyOf(headers: RequestHeaders, description: string, of: "object" | "source"): Uint8Array {
  const customer = readCustomerKey(headers, of);
  if (customer === undefined) {
    throw new S3Error(
      "InvalidRequest",
      "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.",
    );
  }
  const key = openForCustomer(description, customer);
  if (key === undefined)
    throw new S3Error("AccessDenied", "Access Denied because the customer-provided key is not that of the object.");
  return key;
}
