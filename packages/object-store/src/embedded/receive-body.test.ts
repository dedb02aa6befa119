import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createTemporaryDirectory, filesBelow } from "../../test/temporary-store.ts";
import { failingBody, md5Of, patterned, reusedBody } from "../testing/case-tools.ts";
import { allocateAligned } from "./aligned-memory.ts";
import { blobPath, createBlobFiles } from "./blob-files.ts";
import { areIntact, fileBytes } from "./block-checksums.ts";
import { createBufferPool } from "./buffer-pool.ts";
import { receiveBody } from "./receive-body.ts";

describe("receiveBody", () => {
  test.each(
    [0, 1, 2, 3].flatMap((limit) => [7, 99, 1000, 1001, 5000].map((chunkBytes) => [limit, chunkBytes] as const)),
  )("writes the same file with %i buffers to spare and chunks of %i bytes", async (limit, chunkBytes) => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    await mkdir(join(directory, "blobs"));
    const pool = createBufferPool({ sizeBytes: 1000, limit, kept: 1 });
    const files = createBlobFiles({ directory, epoch: 1, pool, isSpaceLow: () => false, onPoint: () => {} });
    const bytes = patterned(12_345);

    const received = await receiveBody(reusedBody(bytes, chunkBytes), { files, smallMaxBytes: 100 });

    expect(received).toMatchObject({ sizeBytes: 12_345, etag: md5Of(bytes), small: undefined });
    if (received.file === undefined) throw new Error("expected a file");
    const written = await readFile(blobPath(directory, received.file));
    expect(bytes.equals(written.subarray(0, bytes.length))).toBe(true);
    expect(written).toHaveLength(fileBytes(bytes.length));
    expect(areIntact(bytes, written.subarray(bytes.length))).toBe(true);
  });

  test.each([
    ["of whole buffers", 2 * 1024 * 1024],
    ["that ends in a whole block of the disk", 1024 * 1024 + 200 * 1024],
    ["that ends anywhere", 3 * 1024 * 1024 + 123_457],
    ["shorter than a buffer", 300_001],
  ])("writes the same file past the page cache, %s", async (_, sizeBytes) => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    await mkdir(join(directory, "blobs"));
    const bufferBytes = 1024 * 1024;
    const memory = allocateAligned(2 * bufferBytes);
    const pool = createBufferPool({ sizeBytes: bufferBytes, limit: 3, kept: 2, memory });
    const files = createBlobFiles({ directory, epoch: 1, pool, isSpaceLow: () => false, onPoint: () => {} });
    const bytes = patterned(sizeBytes);

    const { file } = await receiveBody(reusedBody(bytes, 99_991), { files, smallMaxBytes: 100 });

    if (file === undefined) throw new Error("expected a file");
    const written = await readFile(blobPath(directory, file));
    expect(bytes.equals(written.subarray(0, bytes.length))).toBe(true);
    expect(written).toHaveLength(fileBytes(bytes.length));
    expect(areIntact(bytes, written.subarray(bytes.length))).toBe(true);
  });

  test("gives every buffer back, also when the body throws", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    await mkdir(join(directory, "blobs"));
    const pool = createBufferPool({ sizeBytes: 1000, limit: 2, kept: 2 });
    const files = createBlobFiles({ directory, epoch: 1, pool, isSpaceLow: () => false, onPoint: () => {} });

    for (const sizeBytes of [150, 1000, 1500, 2500, 9000]) {
      const body = failingBody(new Error("cut"), patterned(sizeBytes));
      await expect(receiveBody(body, { files, smallMaxBytes: 100 })).rejects.toThrow("cut");
    }

    expect([pool.take(), pool.take()].every((buffer) => buffer?.length === 1000)).toBe(true);
    expect(pool.take()).toBeUndefined();
    expect(await filesBelow(directory, "blobs")).toEqual([]);
  });
});

describe("createBufferPool", () => {
  test("lends no more than its limit, and the same buffers again", () => {
    const pool = createBufferPool({ sizeBytes: 8, limit: 2, kept: 1 });
    const [one, two] = [pool.take(), pool.take()];
    if (one === undefined || two === undefined) throw new Error("expected two buffers");

    expect(pool.take()).toBeUndefined();
    pool.give(one);
    pool.give(two);

    expect(pool.take()).toBe(one);
    expect(pool.take()).not.toBe(two);
  });

  test("keeps the pieces of its memory, and no other buffer", () => {
    const memory = Buffer.alloc(16);
    const pool = createBufferPool({ sizeBytes: 8, limit: 3, kept: 2, memory });
    const lent = [pool.take(), pool.take(), pool.take()].map((buffer) => buffer ?? Buffer.alloc(0));
    expect(lent.map((buffer) => buffer.buffer === memory.buffer)).toEqual([true, true, false]);

    for (const buffer of lent) pool.give(buffer);

    expect([pool.take(), pool.take()].every((buffer) => buffer?.buffer === memory.buffer)).toBe(true);
  });
});
