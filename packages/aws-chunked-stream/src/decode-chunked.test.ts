import { once } from "node:events";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { signedPieces, signing, unsignedChunks } from "../test/chunked-body.ts";
import { bytesOf, decode, decodeIterable } from "../test/decode.ts";
import { decodeChunked } from "./decode-chunked.ts";
import { decodeChunkedIterable } from "./decode-chunked-iterable.ts";

const signed = { mode: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", signing, decodedSizeBytes: 8 } as const;
const unsigned = { mode: "STREAMING-UNSIGNED-PAYLOAD-TRAILER", decodedSizeBytes: 5 } as const;

describe("options", () => {
  test.each([
    ["an ECDSA mode", { ...signed, mode: "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD" as never }, /`mode`/],
    ["an unknown mode", { ...signed, mode: "UNSIGNED-PAYLOAD" as never }, /`mode`/],
    ["a signed mode without signing", { mode: signed.mode, decodedSizeBytes: 8 }, /`signing`/],
    ["a negative length", { ...unsigned, decodedSizeBytes: -1 }, /`decodedSizeBytes`/],
    ["a length that is no number", { ...unsigned, decodedSizeBytes: Number.NaN }, /`decodedSizeBytes`/],
    ["an endless cap", { ...unsigned, maxTrailerBytes: Number.POSITIVE_INFINITY }, /`maxTrailerBytes`/],
  ])("refuses %s before anything is read", (_title, options, message) => {
    expect(() => decodeChunked(options)).toThrow(message);
    expect(() => decodeChunkedIterable(Readable.from([]), options)).toThrow(TypeError);
  });
});

describe("framing", () => {
  test("decodes a body of zero bytes in every mode", async () => {
    const nothing = { signing, decodedSizeBytes: 0 };
    const bodies = [
      { mode: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", body: Buffer.concat(signedPieces([])) },
      { mode: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", body: Buffer.concat(signedPieces([], { a: "1" })) },
      { mode: "STREAMING-UNSIGNED-PAYLOAD-TRAILER", body: Buffer.from("0\r\na:1\r\n\r\n") },
    ] as const;

    for (const { mode, body } of bodies) expect(await decode([body], { ...nothing, mode })).toHaveLength(0);
  });

  test("reads sizes in either case, with leading zeros and with extensions of unsigned chunks", async () => {
    const body = Buffer.from(`00A;name="v"\r\n0123456789\r\nb;chunk-signature=x\r\n0123456789!\r\n0\r\n\r\n`);

    const decoded = await decode([body], { ...unsigned, decodedSizeBytes: 21 });

    expect(decoded.toString()).toBe("01234567890123456789!");
  });

  test.each([
    ["a size that is not hex", "5g\r\nhello\r\n0\r\n\r\n"],
    ["a size with a sign", "+5\r\nhello\r\n0\r\n\r\n"],
    ["a size with a blank", "5 \r\nhello\r\n0\r\n\r\n"],
    ["no size", "\r\nhello\r\n0\r\n\r\n"],
    ["a size of 14 digits", "00000000000005\r\nhello\r\n0\r\n\r\n"],
    ["a header that ends in LF alone", "5\nhello\r\n0\r\n\r\n"],
    ["a header with an extension that ends in LF alone", "5;x\nhello\r\n0\r\n\r\n"],
    ["data longer than its size", "5\r\nhello!\r\n0\r\n\r\n"],
    ["data that ends in LF alone", "5\r\nhello\n0\r\n\r\n"],
    ["data shorter than its size", "5\r\nhell\r\n0\r\n\r\n"],
    ["no last chunk", "5\r\nhello\r\n"],
    ["bytes after the end", "5\r\nhello\r\n0\r\na:1\r\n\r\n\r\n"],
    ["a second body after the end", "5\r\nhello\r\n0\r\na:1\r\n\r\n5\r\nhello\r\n0\r\n\r\n"],
    ["nothing at all", ""],
  ])("refuses %s as IncompleteBody", async (_title, body) => {
    await expect(decode([Buffer.from(body)], unsigned)).rejects.toMatchObject({ code: "IncompleteBody" });
    await expect(decodeIterable(bytesOf(body), unsigned)).rejects.toMatchObject({ code: "IncompleteBody" });
  });

  test.each([
    ["no signature", (header: string) => header.replace(/;.*/, "")],
    ["a short signature", (header: string) => header.slice(0, -1)],
    ["a long signature", (header: string) => `${header}0`],
    ["another extension", (header: string) => header.replace("chunk-signature", "chunk-checksum1")],
    ["a second extension", (header: string) => `${header};name=value`],
    ["a blank before the extension", (header: string) => header.replace(";", " ;")],
  ])("refuses a signed chunk with %s as IncompleteBody", async (_title, change) => {
    const [first = Buffer.alloc(0), ...rest] = signedPieces(["12345678"]);
    const [header = "", data] = first.toString().split("\r\n");
    const body = Buffer.concat([Buffer.from(`${change(header)}\r\n${data}\r\n`), ...rest]);

    await expect(decode([body], signed)).rejects.toMatchObject({ code: "IncompleteBody" });
  });

  test("takes a chunk header of exactly 256 bytes and refuses one more, also when it never ends", async () => {
    const body = (extension: number) => Buffer.from(`5;${"x".repeat(extension)}\r\nhello\r\n0\r\n\r\n`);

    expect((await decode([body(252)], unsigned)).toString()).toBe("hello");
    await expect(decode([body(253)], unsigned)).rejects.toMatchObject({ code: "IncompleteBody" });
    await expect(decode(bytesOf("5;".padEnd(257, "x")), unsigned)).rejects.toMatchObject({ code: "IncompleteBody" });
  });
});

describe("decoded length", () => {
  test("refuses a chunk that exceeds it at its header, before any of its data", async () => {
    const stream = decodeChunked(unsigned);

    stream.write("6\r\n");

    const [error] = await once(stream, "error");
    expect(error).toMatchObject({ name: "ChunkError", code: "IncompleteBody" });
  });

  test.each([
    ["fewer bytes", ["hell"]],
    ["more bytes", ["hello", "!"]],
    ["no bytes", []],
  ])("refuses a well-formed body of %s", async (_title, chunks) => {
    const body = Buffer.from(`${unsignedChunks(chunks)}\r\n`);

    await expect(decode([body], unsigned)).rejects.toMatchObject({ code: "IncompleteBody" });
  });

  test("refuses the largest size there is without waiting for its data", async () => {
    const body = Buffer.from("fffffffffffff\r\n");

    await expect(decode([body], unsigned)).rejects.toMatchObject({ code: "IncompleteBody" });
  });
});

test("passes bytes on as they arrive, as slices of what came in", async () => {
  const input = Buffer.from("5\r\nhel");
  const stream = decodeChunked(unsigned);

  stream.write(input);
  const [bytes] = await once(stream, "data");

  expect(bytes.toString()).toBe("hel");
  expect(bytes.buffer).toBe(input.buffer);
});

test("closes the source when its reader leaves early", async () => {
  const source = Readable.from([Buffer.from("5\r\nhel"), Buffer.from("lo\r\n")]);

  for await (const _bytes of decodeChunkedIterable(source, unsigned)) break;

  expect(source.destroyed).toBe(true);
});

test("fails with the error of its source", async () => {
  async function* source() {
    yield Buffer.from("5\r\nhel");
    throw new Error("connection reset");
  }

  await expect(buffer(decodeChunkedIterable(source(), unsigned))).rejects.toThrow("connection reset");
});
