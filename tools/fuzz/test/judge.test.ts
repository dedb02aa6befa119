import { describe, expect, test } from "vitest";
import { encodeChunks } from "../src/chunked-body.ts";
import { createCorpus } from "../src/corpus.ts";
import { createCase } from "../src/create-case.ts";
import { createIdentities } from "../src/identities.ts";
import { judge } from "../src/judge.ts";
import { maySucceed } from "../src/may-succeed.ts";
import { findGrowth } from "../src/memory-rule.ts";
import { readRequests } from "../src/read-requests.ts";
import { type Recording, record } from "../src/record.ts";
import { toBytes, type WireRequest } from "../src/wire-request.ts";

// A fuzzer that judges nothing finds nothing: what it must see, and what it must let pass.

const identities = createIdentities(1);
const at = new Date("2026-01-02T03:04:05Z");
const names = { uploadId: "u", uploadIdToAbort: "a", uploadIdToComplete: "c", partEtag: '"e"', versionId: "v" };
const models = createCorpus(names);
const canaries = ["Canary"];

async function recorded(operation: string, payload = "hashed"): Promise<Recording> {
  const model = models.find((it) => it.operation === operation && it.payload === payload);
  if (model === undefined) throw new Error(`Expected the corpus to have ${operation}`);
  return record(model, identities.fuzz, at);
}

function rulingOf(request: WireRequest) {
  const [read] = readRequests(toBytes(request)).requests;
  return read === undefined ? "unread" : maySucceed(read, identities).may;
}

const answer = (status: string, more = "", body = "") =>
  Buffer.from(
    `HTTP/1.1 ${status}\r\nx-amz-request-id: 0123456789ABCDEF\r\n${more}content-length: ${body.length}\r\n\r\n${body}`,
  );

async function findingsOf(received: Buffer, { isHanging = false, isChanged = false } = {}) {
  const { request } = await recorded("GetBucketAcl");
  const sent = isChanged ? { ...request, target: "/fuzz-conf?policy" } : request;
  const it = { pieces: [toBytes(sent)], ending: { kind: "keep", answers: 1 } } as const;
  const outcome = { received, isHanging, isReset: false, error: undefined };
  return judge(it, outcome, { identities, canaries }).findings.map(({ kind }) => kind);
}

describe("an answer", () => {
  test.each([
    ["200 OK", "", "", []],
    ["501 Not Implemented", "", "<Error><Code>NotImplemented</Code></Error>", []],
    ["503 Slow Down", "", "<Error><Code>SlowDown</Code></Error>", []],
    ["500 Internal Server Error", "", "<Error><Code>InternalError</Code></Error>", ["failure"]],
    ["503 Service Unavailable", "", "<Error><Code>ServiceUnavailable</Code></Error>", ["failure"]],
    ["400 Bad Request", "", "sorry", ["malformed"]],
    ["200 OK", "x y: z\r\n", "", ["malformed"]],
    ["200 OK", "transfer-encoding: chunked\r\n", "", ["malformed"]],
    ["200 OK", "", "Canary", ["leak"]],
  ])("%s with %j and %j is %j", async (status, headers, body, kinds) => {
    expect(await findingsOf(answer(status, headers, body))).toEqual(kinds);
  });

  test("may not be missing, unfinished, one too many, or without an id", async () => {
    expect(await findingsOf(Buffer.alloc(0))).toEqual(["silent"]);
    expect(await findingsOf(Buffer.alloc(0), { isHanging: true })).toEqual(["hanging"]);
    expect(await findingsOf(answer("200 OK", "", "x").subarray(0, -1))).toEqual(["malformed"]);
    expect(await findingsOf(Buffer.concat(Array(3).fill(answer("200 OK"))))).toContain("malformed");
    expect(await findingsOf(Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"))).toEqual(["malformed"]);
  });

  test("may be a success only of what was signed", async () => {
    expect(await findingsOf(answer("200 OK"), { isChanged: true })).toEqual(["unauthorized"]);
    expect(await findingsOf(answer("403 Forbidden"), { isChanged: true })).toEqual([]);
  });
});

describe("a request may succeed", () => {
  test("when it is as the signer of the product has made it, in every payload mode", async () => {
    for (const model of models) {
      const { request } = await record(model, identities.fuzz, at);

      expect([model.operation, model.target, rulingOf(request)]).toEqual([model.operation, model.target, true]);
    }
  });

  test("and not when the key is another's, or its secret", async () => {
    const model = models.find(({ operation }) => operation === "PutBucketTagging");
    if (model === undefined) throw new Error("Expected a model");
    const elsewhere = { ...model, target: "/protected?tagging" };

    for (const identity of [identities.nobody, identities.impostor, identities.fuzz]) {
      expect(rulingOf((await record(elsewhere, identity, at)).request)).toBe(false);
    }
    expect(rulingOf((await record(elsewhere, identities.owner, at)).request)).toBe(true);
  });

  test.each<[string, (request: WireRequest) => WireRequest]>([
    ["another target", (it) => ({ ...it, target: `${it.target}x` })],
    ["another method", (it) => ({ ...it, method: "POST" })],
    [
      "another body",
      (it) => ({ ...it, body: Buffer.from(it.body.toString("latin1").replace("hello", "jello"), "latin1") }),
    ],
    ["one more header of Amazon's", (it) => ({ ...it, headers: [...it.headers, ["x-amz-acl", "public-read"]] })],
    [
      "another host",
      (it) => ({ ...it, headers: it.headers.map(([name, value]) => [name, name === "host" ? "other" : value]) }),
    ],
  ])("and not with %s", async (_, change) => {
    const signed = models.filter(({ target, payload }) => {
      return target === "/fuzz/md5" || (target === "/fuzz/stream" && payload !== "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    });

    for (const model of signed) {
      const { request } = await record(model, identities.fuzz, at);

      expect(rulingOf(change(request))).toBe(false);
    }
    expect(signed).toHaveLength(3);
  });

  test("and not when its chunks are signed with another key", async () => {
    const { request } = await recorded("PutObject", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    const signing = { signature: "0".repeat(64), timestamp: "20260102T030405Z", secret: "other" };

    const body = encodeChunks(Buffer.from("hello, hello, hello"), "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", signing);

    expect(rulingOf({ ...request, body })).toBe(false);
  });
});

describe("bytes are read as", () => {
  test.each([
    ["one request", "GET / HTTP/1.1\r\nhost: h\r\n\r\n", 1, "whole"],
    ["two", "PUT / HTTP/1.1\r\ncontent-length: 1\r\n\r\nxGET / HTTP/1.1\r\n\r\n", 2, "whole"],
    ["one in chunks", "PUT / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 1, "whole"],
    ["a part of one", "PUT / HTTP/1.1\r\ncontent-length: 2\r\n\r\nx", 0, "cut"],
    [
      "nothing that has an end",
      "PUT / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      0,
      "malformed",
    ],
    ["nothing that has one end", "PUT / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\nx", 0, "malformed"],
    ["no request", "HELLO / HTTP/1.1\r\n\r\n", 0, "malformed"],
    ["no request by a folded header", "GET / HTTP/1.1\r\na: b\r\n c\r\n\r\n", 0, "malformed"],
  ])("%s: %j", (_, text, count, end) => {
    const read = readRequests(Buffer.from(text));

    expect([read.requests.length, read.end]).toEqual([count, end]);
  });
});

test("a case follows from seed and number alone", async () => {
  const list = await Promise.all(models.map((model) => record(model, identities.fuzz, at)));
  const [first, ...rest] = list;
  if (first === undefined) throw new Error("Expected a corpus");
  const all = [first, ...rest] as const;
  const recordings = { fuzz: all, nobody: all, impostor: all, owner: all };

  for (let number = 0; number < 200; number += 1) {
    const [one, other] = [1, 2].map(() => createCase(number, { seed: 9, identities, recordings, at }));

    expect(one).toEqual(other);
  }
});

test("memory may swing and may not grow", () => {
  const run = (mibAt: (share: number) => number) => {
    const samples = Array.from({ length: 100 }, (_, index) => ({
      requests: (index + 1) * 1000,
      memory: new Map([[1, { anonymousMib: mibAt(index / 100), residentMib: 0 }]]),
    }));
    return findGrowth(samples, 100_000).texts;
  };

  expect(run((share) => 100 + 40 * Math.sin(share * 60))).toEqual([]);
  expect(run((share) => 100 + 100 * share)).toHaveLength(1);
});
