import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentedEnvironment } from "../support/documented-settings.ts";
import { findClient } from "../support/find-client.ts";
import { logTroubles } from "../support/log-troubles.ts";
import { runClient } from "../support/run-client.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const program = findClient({
  command: process.env.STAVE_TEST_GO_SDK ?? "stave-test-go-sdk",
  probe: ["--version"],
  install: "Go, `go build ./sdk` in apps/gateway/test/clients/go, and name the program in STAVE_TEST_GO_SDK",
});

type Line = { readonly check: string; readonly seen?: unknown; readonly error?: string };

describe.skipIf(program.isMissing)("the AWS SDK for Go v2 with its default settings", () => {
  let gateway: TestGateway;
  let home: string;
  let lines: readonly Line[] = [];
  const seen = (check: string): unknown => {
    const line = lines.find((candidate) => candidate.check === check);
    return line?.error ?? line?.seen;
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "stave-go-sdk-"));
    gateway = await startGateway();
    const env = documentedEnvironment("aws CLI", gateway);
    const { stdout } = await runClient(program.command, [], { home, env });
    lines = stdout
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text));
  }, 90_000);
  afterAll(async () => {
    await gateway?.stop();
    await rm(home, { recursive: true, force: true });
    expect(logTroubles(gateway?.log() ?? "")).toEqual([]);
  });

  test("reads an object back with its metadata, etag and the checksum that it added", () => {
    expect(seen("putAndGet")).toEqual({
      sameBytes: true,
      addsCrc32: true,
      crc32IsKept: true,
      etagIsKept: true,
      contentType: "text/x-sample",
      metadata: { colour: "dark  green" },
      missing: "NoSuchKey",
      missingByHead: "NotFound",
    });
  });

  test("uploads a 30 MB file in parts, and downloads it in concurrent ranges", () => {
    expect(seen("fileTransfer")).toEqual({ sameBytes: true, sizeBytes: 30 * 1024 * 1024, etagParts: "6" });
  });

  test("uploads a stream that cannot be rewound", () => {
    expect(seen("forwardStream")).toEqual({ sameBytes: true });
  });

  test("puts with each checksum, and validates it on the way back", () => {
    expect(seen("checksums")).toEqual({ CRC32: true, CRC32C: true, CRC64NVME: true, SHA1: true, SHA256: true });
  });

  test("pages through keys, flat and by folder", () => {
    expect(seen("pages")).toEqual({
      pages: [10, 10, 5],
      isComplete: true,
      prefixes: [0, 1, 2, 3, 4].map((n) => `folder ${n}/`),
    });
  });

  test("deletes many keys at once, and only those", () => {
    expect(seen("deleteMany")).toEqual({ deleted: 4, errors: 0, left: ["kept"] });
  });

  test("copies on the server", () => {
    expect(seen("copies")).toEqual({ sameBytes: true, hasEtag: true });
  });

  test("presigns addresses that allow one method on one object", () => {
    expect(seen("presigned")).toEqual({ put: 200, get: 200, deleteWithGetUrl: 403, sameBytes: true });
  });

  test("creates an object only where there is none", () => {
    expect(seen("conditions")).toEqual({ first: "", second: "PreconditionFailed", kept: "first" });
  });
});
