import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, onTestFinished, test } from "vitest";
import { createChunkedDecoder } from "../src/chunked-decoder.ts";
import { ChunkError } from "../src/index.ts";
import { signedPieces, signing } from "./chunked-body.ts";
import { publishUpload } from "./publish-upload.ts";

const mode = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
const options = { mode, signing, decodedSizeBytes: 12 } as const;
const pieces = () => signedPieces(["abc", "def", "ghi", "jkl"], { "x-amz-checksum-crc32": "AAAAAA==" });

const forgeries: readonly [title: string, forge: () => readonly Buffer[], code: string][] = [
  ...[0, 1, 2, 3].map((index): [string, () => readonly Buffer[], string] => [
    `chunk ${index + 1} of 4 is tampered with`,
    () => pieces().with(index, flipBit(pieces()[index], -3)),
    "SignatureDoesNotMatch",
  ]),
  ["the last chunk is tampered with", () => pieces().with(4, flipBit(pieces()[4], -3)), "SignatureDoesNotMatch"],
  ["two chunks change places", () => swap(pieces(), 1, 2), "SignatureDoesNotMatch"],
  ["a chunk is dropped", () => pieces().toSpliced(1, 1), "SignatureDoesNotMatch"],
  ["the trailer is tampered with", () => pieces().with(5, flipBit(pieces()[5], 22)), "SignatureDoesNotMatch"],
  ["the trailers are cut off", () => pieces().slice(0, 5), "IncompleteBody"],
  ["the last chunk is cut off", () => pieces().slice(0, 4), "IncompleteBody"],
  ["bytes follow the end", () => [...pieces(), Buffer.from("x")], "IncompleteBody"],
];

describe("security S10: nothing of a failed stream is kept", () => {
  test.each(forgeries)("when %s", async (_title, forge, code) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "object"), "as before");

    const publishing = publishUpload(Readable.from(forge()), join(folder, "object"), options);

    await expect(publishing).rejects.toMatchObject({ name: "ChunkError", code });
    expect(await readdir(folder)).toEqual(["object"]);
    expect(await readFile(join(folder, "object"), "utf8")).toBe("as before");
  });

  test("and a body that holds is published whole", async () => {
    const folder = await temporaryFolder();

    await publishUpload(Readable.from(pieces()), join(folder, "object"), options);

    expect(await readdir(folder)).toEqual(["object"]);
    expect(await readFile(join(folder, "object"), "utf8")).toBe("abcdefghijkl");
  });

  test("the example of the README is this one", async () => {
    const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
    const example = await readFile(new URL("./publish-upload.ts", import.meta.url), "utf8");

    expect(readme).toContain(example.slice(example.indexOf("/** The file")));
  });
});

test("security S10: every byte of a signed body counts, except the case of trailer names", () => {
  const body = Buffer.concat(pieces());
  const names = new Set([..."x-amz-checksum-crc32", ..."x-amz-trailer-signature"].filter((char) => /[a-z]/.test(char)));
  const trailerAt = body.indexOf("x-amz-checksum-crc32");
  for (let bit = 0; bit < body.length * 8; bit += 1) {
    const changed = Buffer.from(body);
    changed.writeUInt8(body.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    const isCaseOfName =
      bit >> 3 >= trailerAt && (bit & 7) === 5 && names.has(String.fromCharCode(body[bit >> 3] ?? 0));
    if (isCaseOfName) continue;

    const decoder = createChunkedDecoder(options);
    const decodeAll = (): void => {
      for (const _bytes of decoder.push(changed));
      decoder.end();
    };
    expect(decodeAll, `bit ${bit}`).toThrow(ChunkError);
  }
});

describe("security S43: what is kept does not grow", () => {
  const unsigned = { mode: "STREAMING-UNSIGNED-PAYLOAD-TRAILER", decodedSizeBytes: 2 ** 40 } as const;

  test("with the data of a chunk: it leaves as it arrives", () => {
    const decoder = createChunkedDecoder(unsigned);
    const input = Buffer.alloc(65_536);
    let decodedBytes = 0;

    for (const bytes of decoder.push(Buffer.from("fffffffff\r\n"))) decodedBytes += bytes.length;
    for (let round = 0; round < 10_000; round += 1) {
      for (const bytes of decoder.push(input))
        decodedBytes += bytes.buffer === input.buffer ? bytes.length : Number.NaN;
    }

    expect(decodedBytes).toBe(10_000 * input.length);
  });

  test("with the number of pieces of a chunk that is held: they are copied into one buffer of its size", () => {
    const decoder = createChunkedDecoder({ ...unsigned, hold: "chunk" });
    const byte = Buffer.from("x");
    const decoded: Buffer[] = [...decoder.push(Buffer.from("100000\r\n"))];

    for (let at = 0; at < 2 ** 20; at += 1) decoded.push(...decoder.push(byte));

    expect(decoded.map((bytes) => [bytes.length, bytes.buffer.byteLength])).toEqual([[2 ** 20, 2 ** 20]]);
  });
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "aws-chunked-stream-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

function flipBit(piece: Buffer | undefined, offset: number): Buffer {
  const changed = Buffer.from(piece ?? "");
  const at = offset < 0 ? changed.length + offset : offset;
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
  return changed;
}

function swap(from: readonly Buffer[], first: number, second: number): readonly Buffer[] {
  const [one = Buffer.alloc(0), other = Buffer.alloc(0)] = [from[first], from[second]];
  return from.with(first, other).with(second, one);
}
