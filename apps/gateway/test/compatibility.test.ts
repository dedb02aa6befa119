import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as sdk from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, test } from "vitest";
import { compatibilityPage, isRouted } from "../compatibility/compatibility-page.ts";
import { refusedFeatures } from "../compatibility/features.ts";
import { awsOperations } from "../compatibility/operations.ts";
import { parseTarget } from "../src/http/parse-target.ts";
import { resolveOperation } from "../src/routing/resolve-operation.ts";
import { routes } from "../src/routing/routes.ts";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { createS3Client, type S3Client, type S3Request } from "./support/s3-client.ts";
import { ann } from "./support/start-gateway.ts";

/** Documented by AWS, and in no SDK: browsers send it. */
const formUpload = "PostObject";

/** The operations of AWS's own model, with method and target: `["GET", "/{Key+}?acl"]`. */
const model = new Map(
  Object.values(sdk).flatMap((value): [string, readonly [method: string, target: string]][] => {
    if (!Array.isArray(value) || value[0] !== 9) return []; // the schema of an operation
    const [, , name, { http }] = value as unknown as [number, string, string, { http: [string, string] }];
    return [[name, [http[0], http[1]]]];
  }),
);

const operations = Object.entries(awsOperations).map(([name, operation]) => {
  const [method = "", target = "", header] = operation.request.split(" ");
  return { name, ...operation, method, target, header };
});

test("the page is what is generated: after a change, `npm run compatibility`", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/compatibility.md"), "utf8");

  expect(page).toBe(compatibilityPage());
});

describe("the list of operations", () => {
  test("is that of AWS", () => {
    expect(model.size).toBeGreaterThan(100);
    expect(Object.keys(awsOperations).toSorted()).toEqual([...model.keys(), formUpload].toSorted());
  });

  test("holds every operation of ours", () => {
    expect(routes.map(({ operation }) => operation).filter((name) => !(name in awsOperations))).toEqual([]);
  });

  test.each(operations.filter(({ name }) => name !== formUpload))("has the request of $name", (operation) => {
    const [method, target = ""] = model.get(operation.name) ?? [];
    const [path = "", query = ""] = target.split("?");
    const names = query.split("&").filter((pair) => pair !== "" && !pair.startsWith("x-id="));

    expect(operation.method).toBe(method);
    expect(operation.target).toEqual(
      expect.stringMatching(path === "/{Key+}" ? /^\/b\/k(\?|$)/ : /^\/(b(\?|$)|$|[A-Z])/),
    );
    for (const pair of names) expect(operation.target).toContain(pair);
  });

  test.each(operations.filter(({ name, elsewhere }) => isRouted(name) && elsewhere === undefined))(
    "has a request for $name that is routed to it",
    ({ name, method, target, header }) => {
      const headers = header === undefined ? {} : { [header]: "/b/k" };
      const parsed = parseTarget(target, undefined, { mounts: [], domains: [] });

      expect(resolveOperation({ method, target: parsed, headers })).toBe(name);
    },
  );
});

describe("a running server", () => {
  let gateway: MemoryGateway;
  let s3: S3Client;
  beforeAll(async () => {
    gateway = await startMemoryGateway();
    s3 = createS3Client(gateway);
    await s3.call({ method: "PUT", path: "/bucket" });
    await s3.call({ method: "PUT", path: "/bucket/key", body: "precious" });
    return () => gateway.close();
  });

  const call = (method: string, target: string, request: Partial<S3Request> = {}) => {
    const [path = "", query = ""] = target.split("?");
    return s3.call({
      method,
      path: path.replace(/^\/b(\/k)?$/, (_, key) => (key === undefined ? "/bucket" : "/bucket/key")),
      query: Object.fromEntries(new URLSearchParams(query)),
      ...(method !== "GET" && method !== "HEAD" && { body: "<X/>" }),
      ...request,
    });
  };
  const unharmed = async () => (await s3.call({ path: "/bucket/key" })).text;

  test.each(operations.filter(({ name, elsewhere }) => !isRouted(name) && elsewhere === undefined))(
    "refuses $name",
    async ({ method, target }) => {
      const answer = await call(method, target);

      expect([answer.status, answer.code]).toEqual([501, "NotImplemented"]);
      expect(await unharmed()).toBe("precious");
    },
  );

  test.each(refusedFeatures)("refuses $feature", async ({ request, isUnsigned, headers, status, code }) => {
    const [method = "", target = ""] = request.split(" ");
    const { "x-amz-content-sha256": payload, ...others } = headers;

    const answer = await call(method, target, {
      headers: others,
      ...(payload !== undefined && { payload }),
      ...(isUnsigned && { account: null }),
    });

    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(await unharmed()).toBe("precious");
  });

  test("does not take what is sent elsewhere for something of its own", async () => {
    const client = new sdk.S3Client({
      endpoint: `http://127.0.0.1:${gateway.port}`,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: ann,
      maxAttempts: 1,
    });
    const before = gateway.records.length;

    await expect(client.send(new sdk.ListDirectoryBucketsCommand({}))).rejects.toThrow();
    await expect(
      client.send(new sdk.WriteGetObjectResponseCommand({ RequestRoute: "127", RequestToken: "t" })),
    ).rejects.toThrow();

    expect(gateway.records.slice(before).filter(({ status }) => status < 400)).toEqual([]);
    client.destroy();
  });
});
