import { describe, expect, test } from "vitest";
import { signedPieces, signing, unsignedChunks } from "../test/chunked-body.ts";
import { bytesOf, decode } from "../test/decode.ts";
import type { DecodeChunkedOptions } from "./chunked-decoder.ts";

const CRC = "x-amz-checksum-crc32";
const unsigned = { mode: "STREAMING-UNSIGNED-PAYLOAD-TRAILER", decodedSizeBytes: 5 } as const;
const signed = { mode: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", signing, decodedSizeBytes: 5 } as const;
const start = unsignedChunks(["hello"]);

async function trailersOf(body: string | Buffer, options: DecodeChunkedOptions): Promise<Record<string, string>> {
  const calls: Record<string, string>[] = [];
  await decode(bytesOf(body), { ...options, onTrailers: (trailers) => calls.push(Object.fromEntries(trailers)) });
  expect(calls).toHaveLength(1);
  return calls[0] ?? {};
}

describe("unsigned trailers", () => {
  test.each([
    ["as specified", `${CRC}:NhCmhg==\r\n\r\n`],
    ["after an empty line", `\r\n${CRC}:NhCmhg==\r\n\r\n`],
    ["ending in LF CRLF", `${CRC}:NhCmhg==\n\r\n\r\n`],
    ["ending in LF CRLF without a last CRLF", `${CRC}:NhCmhg==\n\r\n`],
    ["without a last CRLF", `${CRC}:NhCmhg==\r\n`],
    ["after an empty line, without a last CRLF", `\r\n${CRC}:NhCmhg==\r\n`],
    ["with blanks around the value and capitals in the name", `X-Amz-Checksum-CRC32: \tNhCmhg== \r\n\r\n`],
  ])("are read %s", async (_title, tail) => {
    expect(await trailersOf(start + tail, { ...unsigned, expectedTrailers: [CRC] })).toEqual({ [CRC]: "NhCmhg==" });
  });

  test.each([
    ["an empty line", "\r\n"],
    ["nothing", ""],
  ])("may be absent when none is announced: %s after the last chunk", async (_title, tail) => {
    expect(await trailersOf(start + tail, { ...unsigned, expectedTrailers: [] })).toEqual({});
    expect(await trailersOf(start + tail, unsigned)).toEqual({});
  });

  test("keep the bytes of a value: UTF-8 that ends in A0 is not trimmed", async () => {
    const body = Buffer.from(`${start}x-note: voilà\r\n\r\n`);

    expect(Buffer.from((await trailersOf(body, unsigned))["x-note"] ?? "", "latin1").toString()).toBe("voilà");
  });

  test.each([
    ["an announced trailer that does not come", `other:1\r\n\r\n`, [CRC, "other"]],
    ["no trailers where one is announced", `\r\n`, [CRC]],
    ["nothing where a trailer is announced", "", [CRC]],
    ["a trailer that was not announced", `${CRC}:a\r\nother:1\r\n\r\n`, [CRC]],
    ["a trailer twice", `${CRC}:a\r\n${CRC}:a\r\n\r\n`, [CRC]],
    ["a trailer twice in different case", `${CRC}:a\r\n${CRC.toUpperCase()}:a\r\n\r\n`, [CRC]],
    ["a line without a colon", `${CRC}\r\n\r\n`, undefined],
    ["a line without a name", `:value\r\n\r\n`, undefined],
    ["a blank in the name", `${CRC} :a\r\n\r\n`, undefined],
    ["a folded line", `${CRC}:a\r\n b\r\n\r\n`, undefined],
    ["NUL in a value", `${CRC}:a\0\r\n\r\n`, undefined],
    ["CR in a value", `${CRC}:a\rb\r\n\r\n`, undefined],
    ["LF alone between trailers", `${CRC}:a\nother:1\r\n\r\n`, undefined],
    ["a signature nobody checks", `${CRC}:a\r\nx-amz-trailer-signature:${"0".repeat(64)}\r\n\r\n`, [CRC]],
    ["17 lines", `${Array.from({ length: 17 }, (_, index) => `t${index}:1\r\n`).join("")}\r\n`, undefined],
  ])("security S41: refuse %s", async (_title, tail, expectedTrailers) => {
    const options = expectedTrailers ? { ...unsigned, expectedTrailers } : unsigned;

    await expect(trailersOf(start + tail, options)).rejects.toMatchObject({ code: "MalformedTrailerError" });
  });

  test.each([
    ["inside a name", "x-amz-che"],
    ["inside a value", `${CRC}:NhC`],
    ["at a lone LF", `${CRC}:NhCmhg==\n`],
    ["inside CRLF", `${CRC}:NhCmhg==\r`],
  ])("refuse a body that ends %s", async (_title, tail) => {
    await expect(trailersOf(start + tail, unsigned)).rejects.toMatchObject({ code: "IncompleteBody" });
  });

  test("security S43: take 16 lines, and exactly 8192 bytes, and no more", async () => {
    const lines = Array.from({ length: 16 }, (_, index) => `t${index}:1\r\n`).join("");
    const value = "v".repeat(8192 - "a:\r\n\r\n".length);

    expect(Object.keys(await trailersOf(`${start}${lines}\r\n`, unsigned))).toHaveLength(16);
    expect(await trailersOf(`${start}a:${value}\r\n\r\n`, unsigned)).toEqual({ a: value });
    const oneMore = trailersOf(`${start}a:${value}v\r\n\r\n`, unsigned);
    await expect(oneMore).rejects.toMatchObject({ code: "MalformedTrailerError" });
  });

  test("security S43: refuse a line that never ends as soon as it is over the cap", async () => {
    const endless = Buffer.from(`${start}a:`.padEnd(100_000, "v"));

    await expect(decode([endless], unsigned)).rejects.toMatchObject({ code: "MalformedTrailerError" });
  });
});

describe("signed trailers", () => {
  const pieces = () => signedPieces(["hello"], { [CRC]: "NhCmhg==", "x-amz-checksum": "1" });
  const text = () => Buffer.concat(pieces()).toString();

  test("are handed over sorted out, after their signature held", async () => {
    expect(await trailersOf(text(), signed)).toEqual({ [CRC]: "NhCmhg==", "x-amz-checksum": "1" });
  });

  test.each([
    ["after an empty line", () => text().replace("\r\nx-amz-checksum:", "\r\n\r\nx-amz-checksum:")],
    ["ending in LF CRLF", () => text().replace("==\r\n", "==\n\r\n")],
  ])("are read %s", async (_title, body) => {
    expect(Object.keys(await trailersOf(body(), signed))).toHaveLength(2);
  });

  test.each([
    ["another value", () => text().replace("NhCmhg==", "NhCmhh=="), "SignatureDoesNotMatch"],
    ["another name", () => text().replace(CRC, "x-amz-checksum-crc99"), "SignatureDoesNotMatch"],
    ["a trailer less", () => text().replace("x-amz-checksum:1\r\n", ""), "SignatureDoesNotMatch"],
    ["a trailer more", () => text().replace("x-amz-checksum:", "a:1\r\nx-amz-checksum:"), "SignatureDoesNotMatch"],
    [
      "another signature",
      () => text().replace(/(trailer-signature:)(.)/, (_all, name, digit) => name + (digit === "0" ? "1" : "0")),
      "SignatureDoesNotMatch",
    ],
    ["no signature", () => text().replace(/x-amz-trailer-signature.*\r\n/, ""), "MalformedTrailerError"],
    ["a short signature", () => text().replace(/.\r\n\r\n$/, "\r\n\r\n"), "MalformedTrailerError"],
    ["a trailer after the signature", () => text().replace(/\r\n$/, "a:1\r\n\r\n"), "MalformedTrailerError"],
    ["no last CRLF", () => text().slice(0, -2), "IncompleteBody"],
    ["bytes after the end", () => `${text()}\r\n`, "IncompleteBody"],
  ])("security S41: refuse %s, without handing any over", async (_title, body, code) => {
    let handedOver = 0;

    const decoding = decode([Buffer.from(body())], { ...signed, onTrailers: () => (handedOver += 1) });

    await expect(decoding).rejects.toMatchObject({ code });
    expect(handedOver).toBe(0);
  });

  test("refuse the last chunk's signature on an earlier trailer: the chain binds them", async () => {
    const other = signedPieces(["HELLO"], { [CRC]: "NhCmhg==", "x-amz-checksum": "1" });
    const mixed = [...pieces().slice(0, -1), ...other.slice(-1)];

    await expect(decode(mixed, signed)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });
});

test("security S41: misses an announced trailer in the mode that has none", async () => {
  const body = Buffer.concat(signedPieces(["hello"]));
  const options = { ...signed, mode: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", expectedTrailers: [CRC] } as const;

  await expect(decode([body], options)).rejects.toMatchObject({ code: "MalformedTrailerError" });
});

test("fails the stream with what `onTrailers` throws", async () => {
  const onTrailers = () => {
    throw new Error("BadDigest");
  };

  await expect(decode([Buffer.from(`${start}\r\n`)], { ...unsigned, onTrailers })).rejects.toThrow("BadDigest");
});
