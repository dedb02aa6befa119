import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { signedPieces, signing } from "../test/chunked-body.ts";
import { decode } from "../test/decode.ts";
import { decodeChunkedIterable } from "./decode-chunked-iterable.ts";

const signed = { mode: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", signing, decodedSizeBytes: 12 } as const;
const chunks = ["abc", "def", "ghi", "jkl"];

describe.each([0, 1, 2, 3])("security S10: chunk %d of 4", (index) => {
  test("fails when one bit of its data differs, and releases only the chunks before it", async () => {
    const pieces = signedPieces(chunks);
    flipBit(pieces[index], -3);
    const received: string[] = [];

    const decoding = (async () => {
      for await (const bytes of decodeChunkedIterable(Readable.from(pieces), signed)) received.push(`${bytes}`);
    })();

    await expect(decoding).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
    expect(received).toEqual(chunks.slice(0, index));
  });

  test("fails when one digit of its signature differs", async () => {
    const pieces = signedPieces(chunks);
    changeDigit(pieces[index]);

    await expect(decode(pieces, signed)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });

  test("fails when it is dropped", async () => {
    const pieces = signedPieces(chunks).toSpliced(index, 1);

    const options = { ...signed, decodedSizeBytes: 9 };
    await expect(decode(pieces, options)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });

  test("fails when it comes twice", async () => {
    const pieces = signedPieces(chunks);
    const doubled = pieces.toSpliced(index, 0, pieces[index] ?? Buffer.alloc(0));

    const options = { ...signed, decodedSizeBytes: 15 };
    await expect(decode(doubled, options)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });
});

test("security S10: fails when two chunks change places", async () => {
  const [first = Buffer.alloc(0), second = Buffer.alloc(0), ...rest] = signedPieces(chunks);

  await expect(decode([second, first, ...rest], signed)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
});

test("security S10: fails when one digit of the last chunk's signature differs", async () => {
  const pieces = signedPieces(chunks);
  changeDigit(pieces[4]);

  await expect(decode(pieces, signed)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
});

test("security S10: fails when the last chunk is cut out and the length is lowered to match", async () => {
  const pieces = signedPieces(chunks);
  const shortened = [...pieces.slice(0, 3), ...pieces.slice(4)];

  const options = { ...signed, decodedSizeBytes: 9 };
  await expect(decode(shortened, options)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
});

test.each([
  ["another seed", { ...signing, seedSignature: "0".repeat(64) }],
  ["another time", { ...signing, timestamp: "20130524T000001Z" }],
  ["another scope", { ...signing, credentialScope: "20130524/eu-west-1/s3/aws4_request" }],
])("fails under %s", async (_title, other) => {
  const decoding = decode(signedPieces(chunks), { ...signed, signing: other });

  await expect(decoding).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
});

test("refuses a signature in upper case", async () => {
  const pieces = signedPieces(chunks).map((piece) => Buffer.from(`${piece}`.replace(/=[0-9a-f]{64}/, upper)));

  await expect(decode(pieces, signed)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
});

test("security S10: refuses bytes after the last chunk of a signed body", async () => {
  const pieces = [...signedPieces(chunks), Buffer.from("x")];

  await expect(decode(pieces, signed)).rejects.toMatchObject({ code: "IncompleteBody" });
});

test("security S41: refuses trailers in the mode that has none", async () => {
  const pieces = signedPieces(chunks, { "x-amz-checksum-crc32": "AAAAAA==" });

  await expect(decode(pieces, signed)).rejects.toMatchObject({ code: "IncompleteBody" });
});

function flipBit(piece: Buffer | undefined, offset: number): void {
  const at = (piece?.length ?? 0) + offset;
  piece?.writeUInt8(piece.readUInt8(at) ^ 1, at);
}

function changeDigit(piece: Buffer | undefined): void {
  const at = (piece?.indexOf("=") ?? 0) + 40;
  piece?.write(piece.toString("latin1", at, at + 1) === "0" ? "1" : "0", at);
}

function upper(text: string): string {
  return text.toUpperCase();
}
