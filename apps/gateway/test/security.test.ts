import { createHash, createHmac } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { routes } from "../src/routing/routes.ts";
import { crc32Base64 } from "./support/chunked-body.ts";
import { type MemoryGateway, startMemoryGateway } from "./support/memory-gateway.ts";
import { openRaw } from "./support/raw-connection.ts";
import {
  createS3Client,
  escapeText,
  objectPath,
  type S3Client,
  type S3Request,
  streamingModes,
  type WireRequest,
} from "./support/s3-client.ts";
import { ann, bob } from "./support/start-gateway.ts";

// Holes that other S3 servers had. Each test proves the refusal, and that nothing was written or told.

const payloads = [...streamingModes, "UNSIGNED-PAYLOAD", undefined];
const precious = "precious";

let gateway: MemoryGateway;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startMemoryGateway();
  s3 = createS3Client(gateway);
  for (const path of ["/vault", "/other"]) await s3.call({ method: "PUT", path });
  await s3.call({ method: "PUT", path: "/of-bob", account: bob });
  await s3.call({ method: "PUT", path: "/of-bob/k", account: bob, body: "secret of bob" });
});
afterAll(() => gateway.close());
beforeEach(() => s3.call({ method: "PUT", path: "/vault/k", body: precious }));

/** Everything a request could have changed. */
async function state(): Promise<string> {
  const { buckets } = await gateway.store.listBuckets({ maxBuckets: 100 });
  const contents = buckets.map(async ({ name }) => [
    await gateway.store.listVersions(name, { maxKeys: 1000 }),
    await gateway.store.listUploads(name, { maxUploads: 1000 }),
  ]);
  return JSON.stringify([buckets, await Promise.all(contents)]);
}

/** Sends, and proves that nothing changed and nothing of the object was told. */
async function refused(request: WireRequest, status: number, code: string): Promise<void> {
  const before = await state();

  const answer = await s3.send(request);

  expect([answer.status, answer.code ?? code]).toEqual([status, code]);
  expect(answer.text).not.toContain(precious);
  expect(await state()).toBe(before);
}

function flipSignature(request: WireRequest): WireRequest {
  const authorization = request.headers.authorization?.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")) ?? "";
  return { ...request, headers: { ...request.headers, authorization } };
}

describe("security S1: a made-up signature opens no operation in any payload mode", () => {
  test.each(routes.map((route) => ({ ...route })))("$operation", async (route) => {
    const path = { service: "/", bucket: "/vault", object: "/vault/k" }[route.scope];
    const query: Record<string, string> = {};
    if ("subresource" in route) query[route.subresource] = "value" in route ? route.value : "1";
    if (route.operation.startsWith("UploadPart")) query.uploadId = "u";
    const headers: Record<string, string> = "header" in route ? { [route.header]: "/vault/k" } : {};

    for (const payload of payloads) {
      const request = { method: route.method, path, query, headers, body: "x", ...(payload && { payload }) };

      await refused(flipSignature(await s3.sign(request)), 403, "SignatureDoesNotMatch");
    }
  });
});

test("security S2: identity and proof come from the same place, or not at all", async () => {
  const valid = await s3.sign({ method: "PUT", path: "/vault/k", body: "x", account: bob });
  const scope = /Credential=[^/]+(\/[^,]+)/.exec(valid.headers.authorization ?? "")?.[1] ?? "";
  const credential = `X-Amz-Credential=${escapeText(`${ann.accessKeyId}${scope}`)}`;
  const presigned = await s3.presign({ path: "/vault/k" });
  const withAuthorization = (authorization: string) => ({
    ...presigned,
    headers: { ...presigned.headers, authorization },
  });

  await refused({ ...valid, target: `${valid.target}?${credential}` }, 400, "InvalidArgument");
  await refused({ ...valid, target: `${valid.target}?${credential.toLowerCase()}` }, 400, "InvalidArgument");
  await refused(
    { ...presigned, target: presigned.target.replace(/X-Amz-Signature=\w+/, "x=1") },
    400,
    "AuthorizationQueryParametersError",
  );
  await refused(withAuthorization(valid.headers.authorization ?? ""), 400, "InvalidArgument");
  const foreign = await s3.send(withAuthorization("Basic Ym9iOmJvYg=="));
  expect([foreign.status, foreign.text]).toEqual([200, precious]);
});

describe("security S3: a signature is good for one request", () => {
  const changes: readonly (readonly [string, (request: WireRequest) => WireRequest])[] = [
    ["another key", (it) => ({ ...it, target: "/vault/other" })],
    ["another bucket", (it) => ({ ...it, target: "/other/k" })],
    ["another spelling of the mount", (it) => ({ ...it, target: `/storage/v1/s3${it.target}` })],
    ["a dot segment", (it) => ({ ...it, target: "/vault/./k" })],
    ["a double slash", (it) => ({ ...it, target: "/vault//k" })],
    ["another method", (it) => ({ ...it, method: it.method === "PUT" ? "DELETE" : "PUT" })],
    ["one more query parameter", (it) => ({ ...it, target: `${it.target}?x-id=PutObject` })],
    ["another host", (it) => ({ ...it, headers: { ...it.headers, host: "other.localhost" } })],
    ["another date", (it) => ({ ...it, headers: { ...it.headers, "x-amz-date": "20200101T000000Z" } })],
    ["another metadata value", (it) => ({ ...it, headers: { ...it.headers, "x-amz-meta-a": "2" } })],
  ];

  describe.each(payloads)("%s", (payload) => {
    test.each(changes)("not with %s", async (_, change) => {
      const headers = { "x-amz-meta-a": "1" };
      const request = await s3.sign({
        method: "PUT",
        path: "/vault/k",
        body: "x",
        headers,
        ...(payload && { payload }),
      });

      const before = await state();
      const answer = await s3.send(change(request));

      expect(answer.status).toBe(403);
      expect(await state()).toBe(before);
    });

    test("not with another `x-amz-` header", async () => {
      const request = await s3.sign({ method: "PUT", path: "/vault/k", body: "x", ...(payload && { payload }) });

      for (const name of ["x-amz-acl", "x-amz-meta-b", "x-amz-storage-class", "x-amz-security-token-2"]) {
        await refused({ ...request, headers: { ...request.headers, [name]: "v" } }, 403, "AccessDenied");
      }
    });

    test("not with another payload mode", async () => {
      const request = await s3.sign({ method: "PUT", path: "/vault/k", body: "x", ...(payload && { payload }) });

      for (const other of payloads.filter((it) => it !== payload && it !== undefined)) {
        const headers = { ...request.headers, "x-amz-content-sha256": other ?? "" };
        await refused({ ...request, headers }, 403, "SignatureDoesNotMatch");
      }
    });
  });
});

describe("security S4: every kind of authentication is verified", () => {
  const impostor = { ...ann, secretAccessKey: "not-the-secret-of-ann" };

  test.each(payloads)("a wrong secret, %s", async (payload) => {
    const request = { method: "PUT", path: "/vault/k", body: "x", account: impostor, ...(payload && { payload }) };

    await refused(await s3.sign(request), 403, "SignatureDoesNotMatch");
  });

  test("a wrong secret, presigned", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      await refused(await s3.presign({ method, path: "/vault/k", account: impostor }), 403, "SignatureDoesNotMatch");
    }
  });

  test("a claim of a kind that does not exist", async () => {
    const request = await s3.sign({ method: "PUT", path: "/vault/k", body: "x" });
    const authorization = request.headers.authorization ?? "";
    const as = (value: string) => ({ ...request, headers: { ...request.headers, authorization: value } });

    await refused(as(authorization.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-MD5")), 400, "InvalidArgument");
    await refused(as(authorization.replace(/Signature=\w+/, "Signature=")), 403, "SignatureDoesNotMatch");
    await refused(as("AWS4-HMAC-SHA256"), 400, "AuthorizationHeaderMalformed");
  });
});

test("security S5: authorization runs in every payload mode", async () => {
  for (const payload of payloads) {
    const request = { method: "PUT", path: "/vault/k", body: "x", account: bob, ...(payload && { payload }) };

    await refused(await s3.sign(request), 403, "AccessDenied");
  }
});

test("security S6: an unkeyed hash is no signature", async () => {
  const url = await s3.presign({ path: "/vault/k" });
  const unsigned = url.target.replace(/&?X-Amz-Signature=\w+/, "");
  const forgeries = [
    createHash("sha256").update(unsigned).digest("hex"),
    createHash("sha256").update(`GET${unsigned}`).digest("hex"),
    createHmac("sha256", "").update(unsigned).digest("hex"),
    "0".repeat(64),
  ];

  for (const forgery of forgeries) {
    await refused({ ...url, target: `${unsigned}&X-Amz-Signature=${forgery}` }, 403, "SignatureDoesNotMatch");
  }
});

test("security S7: headers of an internal kind change nothing that is stored", async () => {
  const headers = { "x-minio-replication-server-side-encryption-sealed-key": "x", "x-stave-owner-id": bob.id };

  await s3.call({ method: "PUT", path: "/vault/internal", body: "x", headers });

  const stored = await gateway.store.headObject({ bucket: "vault", key: "internal" });
  expect(stored).toMatchObject({ ownerId: ann.id, metadata: { headers: { "content-type": "binary/octet-stream" } } });
  expect({ ...(stored?.isDeleteMarker === false && stored.metadata.user) }).toEqual({});
  await s3.call({ method: "DELETE", path: "/vault/internal" });
});

describe("security S10: each chunk signature counts", () => {
  const body = "c".repeat(5 * 1024);
  const chunkSizeBytes = 1024;

  async function pieces(): Promise<{ readonly request: WireRequest; readonly chunks: readonly string[] }> {
    const request = await s3.sign({
      method: "PUT",
      path: "/vault/k",
      body,
      payload: streamingModes[0],
      chunkSizeBytes,
    });
    const chunks = request.body.toString("latin1").split(/(?=[0-9a-f]+;chunk-signature=)/);
    return { request, chunks: rejoin(chunks) };
  }

  /** The look-ahead also splits before each digit of a size. */
  function rejoin(parts: readonly string[]): string[] {
    const chunks: string[] = [];
    let size = "";
    for (const part of parts) {
      if (part.length === 1) size += part;
      else {
        chunks.push(size + part);
        size = "";
      }
    }
    return chunks;
  }

  const send = (request: WireRequest, chunks: readonly string[], code: string) => {
    const changed = Buffer.from(chunks.join(""), "latin1");
    const headers = { ...request.headers, "content-length": String(changed.length) };
    return refused({ ...request, headers, body: changed }, code === "SignatureDoesNotMatch" ? 403 : 400, code);
  };

  test("that of chunk k of n, for each k", async () => {
    const { request, chunks } = await pieces();
    expect(chunks).toHaveLength(6);
    for (let at = 0; at < chunks.length; at += 1) {
      const tampered = chunks.map((chunk, index) =>
        index === at ? chunk.replace(/signature=(.)/, (_, digit) => `signature=${digit === "0" ? 1 : 0}`) : chunk,
      );
      await send(request, tampered, "SignatureDoesNotMatch");
    }
  });

  test("also for chunks that are reordered, dropped, repeated, cut or followed by more", async () => {
    const { request, chunks } = await pieces();
    const [a = "", b = "", ...rest] = chunks;

    await send(request, [b, a, ...rest], "SignatureDoesNotMatch");
    await send(request, [a, ...rest], "SignatureDoesNotMatch");
    await send(request, [a, a, b, ...rest], "SignatureDoesNotMatch");
    await send(request, chunks.slice(0, -1), "IncompleteBody");
    await send(request, [...chunks, a], "IncompleteBody");
  });
});

test("security S22: dots and slashes in a key lead nowhere", async () => {
  const keys = [
    "../of-bob/k",
    "../../of-bob/k",
    "..%2fof-bob%2fk",
    "/etc/passwd",
    "a/../../of-bob/k",
    "\\..\\of-bob\\k",
  ];

  for (const key of keys) {
    await s3.call({ method: "PUT", path: objectPath("other", key), body: key });
    expect((await s3.call({ path: objectPath("other", key) })).text).toBe(key);
  }

  expect((await s3.call({ path: "/of-bob/k", account: bob })).text).toBe("secret of bob");
  expect((await s3.call({ path: "/other", query: {} })).all("Key").toSorted()).toEqual(keys.toSorted());
  for (const path of ["/other/../of-bob/k", "/other/%2e%2e/of-bob/k", "/..%2fof-bob/k"]) {
    const answer = await s3.call({ path });
    expect(answer.text).not.toContain("secret of bob");
  }
});

test("security S25: encryption that is not there is refused, never pretended", async () => {
  const headers: Record<string, string>[] = [
    { "x-amz-server-side-encryption": "aws:kms" },
    { "x-amz-server-side-encryption": "aws:kms:dsse" },
  ];
  for (const set of headers) {
    for (const query of [{}, { uploads: "" }]) {
      const method = "uploads" in query ? "POST" : "PUT";
      await refused(await s3.sign({ method, path: "/vault/k", query, headers: set, body: "x" }), 501, "NotImplemented");
    }
    await refused(await s3.presign({ method: "PUT", path: "/vault/k", query: set }), 501, "NotImplemented");
  }
});

test("security S38: the key that is authorized is the key that is served", async () => {
  for (const target of [
    "/of%2Dbob/k",
    "/%6ff-bob/%6b",
    "/storage/v1/s3/of-bob/k",
    "//of-bob/k",
    "/vault/..%2f..%2fof-bob/k",
  ]) {
    const raw = await openRaw(gateway.port);
    const signed = await s3.sign({ path: canonical(target) });
    raw.write(`GET ${target} HTTP/1.1\r\n${lines(signed.headers)}\r\n`);
    const answer = await raw.answer();
    raw.destroy();

    expect(answer?.status).toBeGreaterThanOrEqual(400);
    expect(answer?.text).not.toContain("secret of bob");
  }

  function canonical(target: string): string {
    return target
      .split("/")
      .map((part) => escapeText(decodeURIComponent(part)).replaceAll("%2F", "/"))
      .join("/");
  }
  function lines(headers: Readonly<Record<string, string>>): string {
    return Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("");
  }
});

test("security S40: a body that is not the signed one is not kept", async () => {
  const request = await s3.sign({ method: "PUT", path: "/vault/k", body: "what was signed" });

  await refused({ ...request, body: Buffer.from("what was sent..") }, 400, "XAmzContentSHA256Mismatch");

  expect((await s3.call({ path: "/vault/k" })).text).toBe(precious);
});

describe("security S41: what is not signed, not known or not true is refused", () => {
  test("a trailer with another checksum", async () => {
    for (const payload of streamingModes.slice(1)) {
      const trailer = ["x-amz-checksum-crc32", crc32Base64("other")] as const;
      await refused(await s3.sign({ method: "PUT", path: "/vault/k", body: "x", payload, trailer }), 400, "BadDigest");
    }
  });

  test("an unsigned body with another checksum", async () => {
    const headers = { "x-amz-checksum-crc32": crc32Base64("other") };
    const request = { method: "PUT", path: "/vault/k", body: "x", payload: "UNSIGNED-PAYLOAD", headers };

    await refused(await s3.sign(request), 400, "BadDigest");
  });

  test("a missing x-amz-content-sha256", async () => {
    const signed = await s3.sign({ method: "PUT", path: "/vault/k", body: "x" });
    const { "x-amz-content-sha256": _, ...headers } = signed.headers;

    await refused({ ...signed, headers }, 400, "InvalidRequest");
  });

  test("a signature that leaves out host or an `x-amz-` header", async () => {
    const signed = await s3.sign({ method: "PUT", path: "/vault/k", body: "x", headers: { "x-amz-meta-a": "1" } });
    for (const name of ["host", "x-amz-date", "x-amz-content-sha256", "x-amz-meta-a"]) {
      const authorization = (signed.headers.authorization ?? "").replace(
        new RegExp(`(?<==)${name};|;${name}(?=[;,])`),
        "",
      );
      expect(authorization).not.toBe(signed.headers.authorization);
      await refused({ ...signed, headers: { ...signed.headers, authorization } }, 403, "AccessDenied");
    }
  });

  test.each(["acl", "policy", "tagging", "retention", "legal-hold", "renameObject"])(
    "?%s is what it says, and no upload, listing or removal",
    async (name) => {
      const before = await state();
      for (const method of ["PUT", "DELETE", "POST"]) {
        for (const path of ["/vault/k", "/vault"]) {
          const answer = await s3.call({ method, path, query: { [name]: "" }, body: "x" });

          expect(answer.text).not.toContain(precious);
          expect(answer.status).not.toBe(200);
        }
      }
      expect(await state()).toBe(before);
    },
  );

  test.each(["restore", "torrent"])("?%s is no upload, listing or removal", async (name) => {
    for (const method of ["PUT", "DELETE", "POST"]) {
      for (const path of ["/vault/k", "/vault"]) {
        await refused(await s3.sign({ method, path, query: { [name]: "" }, body: "x" }), 501, "NotImplemented");
      }
    }
  });

  test("an unsigned header on a presigned URL", async () => {
    const url = await s3.presign({ method: "PUT", path: "/vault/k" });
    const extra = {
      "x-amz-acl": "public-read",
      "x-amz-copy-source": "/of-bob/k",
      "x-amz-tagging": "a=b",
      "x-amz-meta-a": "1",
    };

    for (const [name, value] of Object.entries(extra)) {
      const headers = { ...url.headers, [name]: value, "content-length": "1" };
      await refused({ ...url, headers, body: Buffer.from("x") }, 403, "AccessDenied");
    }
  });
});

describe("security S42: parameters of a signature have limits and come once", () => {
  test.each(["604801", "-1", "abc", "", "1e3", "99999999999999999999"])("X-Amz-Expires=%s", async (expires) => {
    const url = await s3.presign({ path: "/vault/k" });
    const target = url.target.replace(/X-Amz-Expires=\d+/, `X-Amz-Expires=${expires}`);

    await refused({ ...url, target }, 400, "AuthorizationQueryParametersError");
  });

  test("each only once", async () => {
    const url = await s3.presign({ path: "/vault/k" });
    const signature = /X-Amz-Signature=\w+/.exec(url.target)?.[0] ?? "";

    await refused({ ...url, target: `${url.target}&${signature}` }, 400, "InvalidArgument");
    await refused({ ...url, target: `${url.target}&${signature.toLowerCase()}` }, 400, "InvalidArgument");
  });

  test("two Authorization headers", async () => {
    const { headers } = await s3.sign({ path: "/vault/k" });
    const raw = await openRaw(gateway.port);
    const list = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    raw.write(`GET /vault/k HTTP/1.1\r\n${list.join("")}authorization: ${headers.authorization}\r\n\r\n`);

    const answer = await raw.answer();
    raw.destroy();

    expect([answer?.status, answer?.code]).toEqual([400, "InvalidArgument"]);
  });
});

describe("security S43: documents have limits", () => {
  const depth = "<a>".repeat(9000) + "</a>".repeat(9000); // just below the cap of the smallest documents
  const entity = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>';
  const requests: readonly (readonly [string, S3Request, string])[] = [
    ["DeleteObjects", { method: "POST", path: "/vault", query: { delete: "" } }, "Delete"],
    [
      "CompleteMultipartUpload",
      { method: "POST", path: "/vault/k", query: { uploadId: "u" } },
      "CompleteMultipartUpload",
    ],
    ["PutBucketVersioning", { method: "PUT", path: "/vault", query: { versioning: "" } }, "VersioningConfiguration"],
    ["CreateBucket", { method: "PUT", path: "/vault-new" }, "CreateBucketConfiguration"],
  ];

  test.each(requests)("%s: no DOCTYPE, no depth, no size beyond them", async (_, request, root) => {
    for (const [body, code] of [
      [`${entity}<${root}>&b;</${root}>`, "MalformedXML"],
      [`<${root}>${depth}</${root}>`, "MalformedXML"],
      [`<${root}>&b;</${root}>`, "MalformedXML"],
      [`<${root}>${" ".repeat(4 * 1024 * 1024)}</${root}>`, "MaxMessageLengthExceeded"],
    ] as const) {
      const headers = { "content-md5": createHash("md5").update(body).digest("base64") };

      await refused(await s3.sign({ ...request, body, headers }), 400, code);
    }
  });
});
