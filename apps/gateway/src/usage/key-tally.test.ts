import { expect, test } from "vitest";
import { type CountedRequest, createKeyTally, noCounts } from "./key-tally.ts";

const request: CountedRequest = {
  usageKeyId: "AKIA1",
  operation: "GetObject",
  status: 200,
  receivedBytes: 10,
  sentBytes: 20,
};

test.each([
  ["GetObject", "read"],
  ["HeadBucket", "read"],
  ["Website", "read"],
  ["ListObjectsV2", "list"],
  ["ListParts", "list"],
  ["PutObject", "write"],
  ["PostObject", "write"],
  ["CompleteMultipartUpload", "write"],
  ["UploadPart", "write"],
  ["DeleteObjects", "delete"],
  ["AbortMultipartUpload", "delete"],
  ["GetSessionToken", "other"],
  ["Preflight", "other"],
  ["Unknown", "other"],
] as const)("%s is of the kind %s", (operation, kind) => {
  const tally = createKeyTally();
  tally.record({ ...request, operation });
  expect(tally.take()).toEqual([["AKIA1", { ...noCounts(), [kind]: 1, receivedBytes: 10, sentBytes: 20 }]]);
});

test("errors, and requests that nobody signed, are counted; what was taken is not counted again", () => {
  const tally = createKeyTally();
  for (const status of [200, 304, 404, 500, 503]) tally.record({ ...request, usageKeyId: undefined, status });
  expect(tally.take()).toEqual([
    ["~unsigned", { ...noCounts(), read: 5, clientErrors: 1, serverErrors: 2, receivedBytes: 50, sentBytes: 100 }],
  ]);
  expect(tally.take()).toEqual([]);
});

test("keys beyond the limit are counted together", () => {
  const tally = createKeyTally(2);
  for (const usageKeyId of ["A", "B", "C", "D", "A", undefined]) tally.record({ ...request, usageKeyId });
  expect(tally.take().map(([name, { read }]) => [name, read])).toEqual([
    ["A", 2],
    ["B", 1],
    ["~other", 2],
    ["~unsigned", 1],
  ]);
});
