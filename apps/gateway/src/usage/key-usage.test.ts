import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { noCounts } from "./key-tally.ts";
import { openKeyUsage } from "./key-usage.ts";

let dataDirectory = "";
beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), "stave-key-usage-"));
  return () => rm(dataDirectory, { recursive: true });
});

const now = () => new Date("2030-01-01T00:00:00Z");
const reads = (read: number) => ({ ...noCounts(), read });

test("is there after a restart, and pages by name", async () => {
  const first = await openKeyUsage({ dataDirectory, now });
  first.add([
    ["B", reads(1)],
    ["A", reads(2)],
  ]);
  first.add([["B", reads(3)]]);
  await Promise.all([first.save(), first.save()]);

  const second = await openKeyUsage({ dataDirectory, now: () => new Date() });
  second.add([["~unsigned", reads(1)]]);
  const page = second.list({ limit: 2 });
  expect(page).toEqual({
    since: "2030-01-01T00:00:00.000Z",
    keys: [
      { name: "A", counts: reads(2) },
      { name: "B", counts: reads(4) },
    ],
    isTruncated: true,
  });
  expect(second.list({ limit: 2, after: "B" })).toMatchObject({ keys: [{ name: "~unsigned" }], isTruncated: false });
});

test("keys beyond the limit are counted together", async () => {
  const usage = await openKeyUsage({ dataDirectory, now, maxKeys: 1 });
  usage.add([
    ["A", reads(1)],
    ["B", reads(2)],
    ["C", reads(3)],
  ]);
  expect(usage.list({ limit: 10 }).keys.map(({ name, counts }) => [name, counts.read])).toEqual([
    ["A", 1],
    ["~other", 5],
  ]);
});

test.each(["", "{", "null", '{"since":"x"}', '{"since":"x","keys":[["A",{}]]}', '{"since":"x","keys":[[1,null]]}'])(
  "begins anew where %j was saved",
  async (content) => {
    await writeFile(join(dataDirectory, "key-usage.json"), content);
    expect((await openKeyUsage({ dataDirectory, now })).list({ limit: 10 })).toEqual({
      since: "2030-01-01T00:00:00.000Z",
      keys: [],
      isTruncated: false,
    });
  },
);
