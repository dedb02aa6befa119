import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import type { SignatureV4 } from "@smithy/signature-v4";

/** Who signs, and for what. */
export interface SigningOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of a temporary key. */
  readonly sessionToken?: string;
  readonly region: string;
  /** @default "s3" */
  readonly service?: string;
  /** @default the system clock */
  readonly now?: () => Date;
}

/** The AWS SDK's signer with S3's settings. Loaded on first use: a server that only verifies never runs it. */
export async function createSigner(options: SigningOptions): Promise<SignatureV4> {
  const { accessKeyId, secretAccessKey, sessionToken, region, service = "s3" } = options;
  for (const [name, value] of Object.entries({ accessKeyId, secretAccessKey, region, service })) {
    if (typeof value !== "string" || value === "") throw new TypeError(`Expected \`${name}\` to be a non-empty string`);
  }
  const { SignatureV4: Signer } = await import("@smithy/signature-v4");
  return new Signer({
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    region,
    service,
    sha256: NodeSha256,
    // S3 signs the path as it is sent: escaped once, nothing normalised.
    uriEscapePath: false,
    applyChecksum: true,
  });
}

type Bytes = string | ArrayBuffer | ArrayBufferView;

// The signer takes any hash of this shape; WebCrypto's, its usual one, is ten times slower in Node.
class NodeSha256 {
  readonly #hash: Hash | Hmac;
  constructor(secret?: Bytes) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", toBuffer(secret));
  }
  update(data: Bytes): void {
    this.#hash.update(toBuffer(data));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {
    throw new TypeError("A hash is used once");
  }
}

function toBuffer(data: Bytes): Buffer {
  if (typeof data === "string") return Buffer.from(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
