import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSigningKeyCache, type IncomingRequest, verifyRequest } from "../src/index.ts";
import { accessKeyId, now, secretAccessKey } from "./sign.ts";

// The signer of the AWS SDK for JavaScript, as its S3 client configures it.
class Sha256 {
  readonly #hash: Hash | Hmac;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", toBytes(secret));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(toBytes(data));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

function toBytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === "string") return Buffer.from(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

const signer = new SignatureV4({
  credentials: { accessKeyId, secretAccessKey },
  region: "us-east-1",
  service: "s3",
  sha256: Sha256,
  uriEscapePath: false,
  applyChecksum: true,
});

const options = {
  region: "us-east-1",
  findKey: () => ({ secretAccessKey, identity: "owner" }),
  now: () => now,
  signingKeys: createSigningKeyCache(),
};

type Query = Record<string, string | string[]>;

function requestFor({ method, key, query, headers }: { method: string; key: string; query?: Query; headers?: object }) {
  return {
    method,
    protocol: "https:",
    hostname: "s3.example.com",
    path: `/photos/${key.split("/").map(escapeSegment).join("/")}`,
    query: query ?? {},
    headers: { host: "s3.example.com", ...headers },
  };
}

function escapeSegment(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

type Signed = { method: string; path: string; query?: object; headers: Record<string, string> };

/** What arrives at a server: the client's serialisation of the query, header values as bytes read as latin1. */
function receive({ method, path, query = {}, headers }: Signed): IncomingRequest {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value].flat().map((item) => `${escapeSegment(name)}=${escapeSegment(String(item))}`),
  );
  const rawHeaders = Object.entries(headers).flatMap(([name, value]) => [name, Buffer.from(value).toString("latin1")]);
  return { method, target: pairs.length === 0 ? path : `${path}?${pairs.join("&")}`, rawHeaders };
}

const keys = [
  "plain.jpg",
  "with space.jpg",
  "a+b.jpg",
  "100%.jpg",
  "%41%2F.jpg",
  "été/日本語/😀.jpg",
  "/leading//double///slashes/",
  "a/./b/../c",
  "..",
  "!'()*$&=;:@,?#[]{}|\\^`\"<>~",
];

describe.each(keys)("a key %j", (key) => {
  test("signed by header is accepted", async () => {
    const query = { tagging: "", versionId: "a/b+c d", "x-id": "GetObject", list: ["b", "a"] };
    const headers = { "content-type": "text/plain;  charset=utf-8", "x-amz-meta-note": "  voilà  été " };

    const signed = await signer.sign(requestFor({ method: "PUT", key, query, headers }), { signingDate: now });

    expect(await verifyRequest(receive(signed), options)).toMatchObject({ kind: "header", identity: "owner" });
  });

  test("presigned is accepted, and only for itself", async () => {
    const query = { "response-content-type": "text/plain; a=b+c" };
    // As the SDK's presigner does; it ends up in the query.
    const headers = { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
    const request = requestFor({ method: "GET", key, query, headers });

    const signed = receive(await signer.presign(request, { signingDate: now, expiresIn: 60 }));

    expect(await verifyRequest(signed, options)).toMatchObject({ kind: "query", identity: "owner" });
    const other = { ...signed, target: signed.target.replace("/photos/", "/photos/x") };
    await expect(verifyRequest(other, options)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });
});

test("any key, parameter and metadata that the client signs is accepted", async () => {
  const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
  // Smithy keeps parameters in a plain object and signs without this one (5.7.5).
  const parameters = text.filter((name) => name !== "__proto__");
  const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);

  await fc.assert(
    fc.asyncProperty(text, parameters, value, async (key, parameter, note) => {
      const query = { prefix: parameter, [parameter]: key };
      const request = requestFor({ method: "GET", key, query, headers: { "x-amz-meta-note": note } });

      const signed = await signer.sign(request, { signingDate: now });

      expect(await verifyRequest(receive(signed), options)).toMatchObject({ identity: "owner" });
    }),
    { numRuns: 200 },
  );
});
