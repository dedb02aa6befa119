import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentedEnvironment, documentedSettings } from "../support/documented-settings.ts";
import { findClient } from "../support/find-client.ts";
import { logTroubles } from "../support/log-troubles.ts";
import { runClient } from "../support/run-client.ts";
import { startGateway, type TestGateway } from "../support/start-gateway.ts";

const versions = [
  {
    title: "boto3",
    addsChecksums: true,
    readsEndpointVariable: true,
    python: findClient({
      command: process.env.STAVE_TEST_PYTHON ?? "python3",
      probe: ["-c", "import boto3; from botocore.config import Config; Config().request_checksum_calculation"],
      install: "Python 3 with boto3 1.36 or newer (`pip install boto3`), or name one in STAVE_TEST_PYTHON",
    }),
  },
  {
    title: "boto3 1.26, from before default checksums,",
    addsChecksums: false,
    readsEndpointVariable: false,
    python: findClient({
      command: process.env.STAVE_TEST_PYTHON_BOTO3_1_26 ?? "python3",
      probe: ["-c", "import boto3; assert boto3.__version__.startswith('1.26.')"],
      install: "a Python 3 with boto3 1.26 and name it in STAVE_TEST_PYTHON_BOTO3_1_26",
    }),
  },
];
const script = fileURLToPath(new URL("boto3_round_trip.py", import.meta.url));

type Line = { readonly check: string; readonly seen?: unknown; readonly error?: string };

for (const { title, python, addsChecksums, readsEndpointVariable } of versions) {
  describe.skipIf(python.isMissing)(`${title} with its default settings`, () => {
    let gateway: TestGateway;
    let home: string;
    let lines: readonly Line[] = [];
    const seen = (check: string): unknown => {
      const line = lines.find((candidate) => candidate.check === check);
      return line?.error ?? line?.seen;
    };

    beforeAll(async () => {
      home = await mkdtemp(join(tmpdir(), "stave-boto3-"));
      gateway = await startGateway();
      const variables = documentedEnvironment("aws CLI", gateway);
      const { AWS_ENDPOINT_URL: ENDPOINT_URL_IN_CODE = "", ...others } = variables;
      const env = readsEndpointVariable ? variables : { ...others, ENDPOINT_URL_IN_CODE };
      const { stdout } = await runClient(python.command, [script], { home, env, timeoutMs: 150_000 });
      lines = stdout
        .trim()
        .split("\n")
        .map((text) => JSON.parse(text));
    }, 180_000);
    afterAll(async () => {
      await gateway?.stop();
      await rm(home, { recursive: true, force: true });
      expect(logTroubles(gateway?.log() ?? "")).toEqual([]);
    });

    test("works with the documented lines", async () => {
      const lines = documentedSettings({ client: "boto3", language: "python" }, gateway);
      const program = `${lines}\nprint([bucket["Name"] for bucket in s3.list_buckets()["Buckets"]])`;

      const { stdout } = await runClient(python.command, ["-c", program], { home });

      expect(stdout).toContain("'boto3-files'");
    });

    test("uploads a 30 MB file in parts and downloads it, byte for byte", () => {
      expect(seen("file_transfer")).toEqual({
        sameBytes: true,
        sizeBytes: 30 * 1024 * 1024,
        contentType: "application/x-sample",
        etagParts: "4",
      });
    });

    test("reads an object back with its metadata, etag and checksum", () => {
      expect(seen("put_and_get")).toEqual({
        sameBytes: true,
        etagIsMd5: true,
        addsCrc32: addsChecksums,
        crc32IsKept: true,
        metadata: { colour: "dark  green", number: "7" },
        contentType: "text/plain; charset=utf-8",
        cacheControl: "max-age=60",
        missing: "NoSuchKey",
      });
    });

    test("deletes many keys at once, and only those", () => {
      expect(seen("delete_many")).toEqual({ deleted: true, errors: [], left: ["kept"] });
    });

    test("pages through 2,500 keys, flat and by folder", () => {
      expect(seen("pages")).toEqual({
        flatPages: [1000, 1000, 500],
        flatIsComplete: true,
        groupedPages: [1000, 500],
        groupedKeys: true,
        groupedPrefixes: true,
        below: [7, 257, 507, 757, 1007].map((n) => `folder 007/file ${String(n).padStart(4, "0")}`),
        version1IsEqual: true,
      });
    });

    test("copies on the server, with the metadata kept or replaced, whole or in parts", () => {
      expect(seen("copy")).toEqual({ sameBytes: true, kinds: ["original", "copy"], partsEtag: "2" });
    });

    test("presigns addresses that allow one method on one object", () => {
      expect(seen("presigned")).toEqual({
        putStatus: 200,
        sameBytes: true,
        disposition: 'attachment; filename="b c.bin"',
        putWithGetUrl: 403,
        deleteWithGetUrl: 403,
        getWithoutSignature: 403,
        version2: 400,
      });
    });

    test("uploads streams that cannot be rewound", () => {
      expect(seen("forward_stream")).toEqual({ sameBytes: true, samePipeBytes: true });
    });
  });
}
