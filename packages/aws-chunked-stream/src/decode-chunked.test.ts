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
    [
      "an endless hold",
      { ...signed, hold: "chunk" as const, maxHeldBytes: Number.POSITIVE_INFINITY },
      /`maxHeldBytes`/,
    ],
    ["a misspelt hold", { ...signed, hold: "chunks" as never }, /`hold`/],
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

  test("security S43: takes a chunk header of exactly 256 bytes and refuses one more, also when it never ends", async () => {
    const body = (extension: number) => Buffer.from(`5;${"x".repeat(extension)}\r\nhello\r\n0\r\n\r\n`);

    expect((await decode([body(252)], unsigned)).toString()).toBe("hello");
    await expect(decode([body(253)], unsigned)).rejects.toMatchObject({ code: "IncompleteBody" });
    await expect(decode(bytesOf("5;".padEnd(257, "x")), unsigned)).rejects.toMatchObject({ code: "IncompleteBody" });
  });
});

describe("decoded length", () => {
  test("security S43: refuses a chunk that exceeds it at its header, before any of its data", async () => {
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

  test("security S43: refuses the largest size there is without waiting for its data", async () => {
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

describe("holding chunks back", () => {
  const chunks = ["first", "2nd"];
  const holding = { ...signed, hold: "chunk" } as const;

  test.each([
    ["byte by byte", (body: Buffer) => bytesOf(body)],
    ["in one piece", (body: Buffer) => [body]],
  ])("releases whole chunks when the body comes %s", async (_title, split) => {
    const released: string[] = [];

    const inputs = split(Buffer.concat(signedPieces(chunks)));
    for await (const bytes of decodeChunkedIterable(Readable.from(inputs), holding)) released.push(`${bytes}`);

    expect(released).toEqual(chunks);
  });

  test.each(["byte by byte", "in one piece"])(
    "security S10: releases nothing of a forged chunk that comes %s",
    async (how) => {
      const pieces = signedPieces(chunks);
      pieces[1]?.write("2ND", pieces[1].length - 5);
      const released: string[] = [];

      const body = Buffer.concat(pieces);
      const inputs = how === "in one piece" ? [body] : bytesOf(body);
      const decoding = (async () => {
        for await (const bytes of decodeChunkedIterable(Readable.from(inputs), holding)) released.push(`${bytes}`);
      })();

      await expect(decoding).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
      expect(released).toEqual(["first"]);
    },
  );

  test("releases a chunk of the unsigned mode when it is complete", async () => {
    const stream = decodeChunked({ ...unsigned, hold: "chunk" });

    stream.write("5\r\nhel");
    await new Promise(setImmediate);
    expect(stream.readableLength).toBe(0);
    stream.write("lo");
    const [bytes] = await once(stream, "data");

    expect(bytes.toString()).toBe("hello");
  });

  test("security S43: takes a chunk of exactly `maxHeldBytes` and refuses a larger one at its header", async () => {
    const body = Buffer.concat(signedPieces(chunks));
    const stream = decodeChunked({ ...unsigned, decodedSizeBytes: 2 ** 30, hold: "chunk" });

    expect((await decode(bytesOf(body), { ...holding, maxHeldBytes: 5 })).toString()).toBe("first2nd");
    const tooLarge = decode([body], { ...holding, maxHeldBytes: 4 });
    await expect(tooLarge).rejects.toMatchObject({ code: "InvalidChunkSizeError" });
    stream.write("100001\r\n");
    const [error] = await once(stream, "error");
    expect(error).toMatchObject({ name: "ChunkError", code: "InvalidChunkSizeError" });
  });
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
