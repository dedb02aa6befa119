import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createTemporaryDirectory, filesBelow } from "../../test/temporary-store.ts";
import { failingBody, md5Of, patterned, reusedBody } from "../testing/case-tools.ts";
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
});
