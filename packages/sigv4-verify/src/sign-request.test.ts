import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { accessKeyId, now, options, secretAccessKey } from "../test/sign.ts";
import { presignUrl } from "./presign-url.ts";
import { signPostPolicy } from "./sign-post-policy.ts";
import { type SignedRequest, signRequest } from "./sign-request.ts";
import { deriveSigningKey } from "./signing-key-cache.ts";
import { verifyPostForm } from "./verify-post-form.ts";
import { verifyRequest } from "./verify-request.ts";

const key = { accessKeyId, secretAccessKey, region: "us-east-1", now: () => now };
const origin = "https://s3.example.com";
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const receive = ({ method, target, headers }: SignedRequest) => ({
  method,
  target,
  rawHeaders: Object.entries(headers).flat(),
});
const follow = (url: string, headers: string[] = []) => ({
  method: "GET",
  target: url.slice(origin.length),
  rawHeaders: ["host", "s3.example.com", ...headers],
});

// Paths as clients may spell them; none is to come out as another key.
const paths = [
  "/photos/plain.jpg",
  "/photos/a%20b+c.jpg",
  "/photos/a%2Bb%2fc%7E.jpg",
  "/photos/100%25%2541",
  "/photos/été",
  "/photos/%C3%A9t%C3%A9/%F0%9F%98%80",
  "/photos//double///slash/",
  "/photos/a/./b/../../c",
  "/photos/!'()*$&=;:@,[]{}|\\^`\"<>~",
  "/photos/%FF%00",
  "/",
];

describe.each(paths)("the path %j", (path) => {
  const url = `${origin}${Buffer.from(path).toString("latin1")}?tagging&versionId=a%2Fb+c&list=b&list=a&constructor=x`;

  test("signed by header verifies", async () => {
    const request = { method: "PUT", url, headers: { "x-amz-acl": "private", "User-Agent": "test" } };
    const signed = await signRequest(request, { ...key, payloadHash: EMPTY });

    const payload = { kind: "hashed", sha256: EMPTY };
    expect(signed).toMatchObject({ payload, url: `${origin}${signed.target}` });
    expect(await verifyRequest(receive(signed), options)).toMatchObject({ kind: "header", identity: "owner", payload });
  });

  test("presigned verifies", async () => {
    const presigned = await presignUrl({ method: "GET", url }, { ...key, expiresInSeconds: 60 });

    expect(await verifyRequest(follow(presigned), options)).toMatchObject({
      kind: "query",
      payload: { kind: "unsigned" },
    });
    const later = { ...options, now: () => new Date(now.getTime() + 60_000) };
    await expect(verifyRequest(follow(presigned), later)).rejects.toMatchObject({ message: "Request has expired" });
  });
});

describe("signRequest", () => {
  test.each(["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", EMPTY])(
    "says %s of the body",
    async (payloadHash) => {
      const signed = await signRequest({ method: "PUT", url: `${origin}/a/b` }, { ...key, payloadHash });

      const verified = await verifyRequest(receive(signed), options);
      expect(verified.payload).toEqual(signed.payload);
    },
  );

  test.each(["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"])(
    "starts the chain of %s where verification starts it",
    async (payloadHash) => {
      const headers = { "x-amz-decoded-content-length": "5", "content-encoding": "aws-chunked" };
      const signed = await signRequest({ method: "PUT", url: `${origin}/a/b`, headers }, { ...key, payloadHash });

      const { payload } = await verifyRequest(receive(signed), options);
      if (!("signing" in payload && "signing" in signed.payload)) throw new TypeError("Expected a signed stream");
      const { signingKey, ...rest } = payload.signing;
      expect(signed.payload.signing).toMatchObject(rest);
      expect(signingKey.equals(signed.payload.signing.signingKey)).toBe(true);
      expect(signingKey.equals(deriveSigningKey({ ...key, date: "20130524", service: "s3" }))).toBe(true);
    },
  );

  test("signs the token of a temporary key", async () => {
    const settings = { ...options, findKey: () => ({ secretAccessKey, identity: "guest", sessionToken: "a+b/c=" }) };
    const temporary = { ...key, sessionToken: "a+b/c=" };

    const signed = await signRequest({ method: "GET", url: `${origin}/a` }, { ...temporary, payloadHash: EMPTY });
    const presigned = await presignUrl({ method: "GET", url: `${origin}/a` }, temporary);

    expect(await verifyRequest(receive(signed), settings)).toMatchObject({ identity: "guest" });
    expect(await verifyRequest(follow(presigned), settings)).toMatchObject({ identity: "guest" });
  });

  test("signs header values byte by byte, blanks squeezed", async () => {
    const value = Buffer.from(" voilà  été\t日本語 ").toString("latin1");
    const request = { method: "PUT", url: `${origin}/a`, headers: { "X-Amz-Meta-Note": value } };

    const signed = await signRequest(request, { ...key, payloadHash: EMPTY });

    expect(signed.headers["x-amz-meta-note"]).toBe(value);
    expect(await verifyRequest(receive(signed), options)).toMatchObject({ identity: "owner" });
  });

  test.each<[string, Parameters<typeof signRequest>[0]]>([
    ["a relative URL", { method: "GET", url: "/photos" }],
    ["another scheme", { method: "GET", url: "ftp://s3.example.com/" }],
    ["a user in the URL", { method: "GET", url: "https://me@s3.example.com/" }],
    ["a fragment", { method: "GET", url: `${origin}/a#b` }],
    ["broken escapes", { method: "GET", url: `${origin}/%zz` }],
    ["a query that is no UTF-8", { method: "GET", url: `${origin}/?a=%FF` }],
    ["a parameter that the signer would lose", { method: "GET", url: `${origin}/?__proto__=a` }],
    ["a URL that is signed already", { method: "GET", url: `${origin}/?X-Amz-Signature=0` }],
    ["a header of the signer", { method: "GET", url: `${origin}/`, headers: { Authorization: "x" } }],
    ["a header twice", { method: "GET", url: `${origin}/`, headers: { a: "1", A: "2" } }],
    ["a header name with a blank", { method: "GET", url: `${origin}/`, headers: { "a b": "1" } }],
    ["a line end in a header", { method: "GET", url: `${origin}/`, headers: { a: "1\r\nb: 2" } }],
    ["a header beyond latin1", { method: "GET", url: `${origin}/`, headers: { a: "日" } }],
    ["a header that is no UTF-8", { method: "GET", url: `${origin}/`, headers: { a: "\xff" } }],
  ])("rejects %s", async (_title, request) => {
    await expect(signRequest(request, { ...key, payloadHash: EMPTY })).rejects.toThrow(TypeError);
    await expect(presignUrl(request, key)).rejects.toThrow(TypeError);
  });

  test("rejects options that sign nothing", async () => {
    const request = { method: "GET", url: `${origin}/` };

    await expect(signRequest(request, { ...key, payloadHash: "none" })).rejects.toThrow(TypeError);
    await expect(signRequest(request, { ...key, secretAccessKey: "", payloadHash: EMPTY })).rejects.toThrow(TypeError);
    for (const expiresInSeconds of [0, -1, 1.5, 604_801, Number.NaN]) {
      await expect(presignUrl(request, { ...key, expiresInSeconds })).rejects.toThrow(TypeError);
    }
  });
});

test("presigned headers stay headers, and must be sent", async () => {
  const url = await presignUrl({ method: "GET", url: `${origin}/a`, headers: { "x-amz-acl": "private" } }, key);

  expect(url).not.toContain("x-amz-acl=");
  expect(await verifyRequest(follow(url, ["x-amz-acl", "private"]), options)).toMatchObject({ identity: "owner" });
  await expect(verifyRequest(follow(url), options)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
});

test("any key and parameter that is signed or presigned verifies", async () => {
  const text = fc.string({ unit: "grapheme", maxLength: 20 });
  const parameters = text.filter((name) => name !== "__proto__");

  await fc.assert(
    fc.asyncProperty(text, parameters, async (name, value) => {
      const query = `${encodeURIComponent(value)}=${encodeURIComponent(name)}`;
      const request = { method: "GET", url: `${origin}/photos/${encodeURIComponent(name)}?p=&${query}` };

      const signed = await signRequest(request, { ...key, payloadHash: EMPTY });

      expect(await verifyRequest(receive(signed), options)).toMatchObject({ kind: "header" });
      expect(await verifyRequest(follow(await presignUrl(request, key)), options)).toMatchObject({ kind: "query" });
    }),
    { numRuns: 200 },
  );
});

describe("signPostPolicy", () => {
  const expiresAt = new Date(now.getTime() + 60_000);
  const request = { method: "POST", target: "/photos", rawHeaders: [] };
  const post = (fields: Record<string, string>, fileName?: string) => {
    return verifyPostForm({ request, bucket: "photos", fields: Object.entries(fields), fileName }, options);
  };

  test("makes a form that verifies, for what it names and nothing else", async () => {
    const fields = { key: "a/b.jpg", "Content-Type": "image/jpeg", "x-amz-meta-note": "é" };
    const conditions = [["content-length-range", 0, 1024] as const];

    const form = await signPostPolicy({ bucket: "photos", fields, conditions, expiresAt }, key);

    expect(await post(form)).toMatchObject({ key: "a/b.jpg", contentLengthRange: { minBytes: 0, maxBytes: 1024 } });
    await expect(post({ ...form, key: "a/c.jpg" })).rejects.toMatchObject({ code: "AccessDenied" });
    await expect(post({ ...form, acl: "public-read" })).rejects.toMatchObject({ code: "AccessDenied" });
  });

  test("leaves the file name open where the key says so", async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the variable of S3's forms
    const fields = { key: "a/${filename}" };

    const form = await signPostPolicy({ bucket: "photos", fields, expiresAt }, { ...key });

    expect(await post(form, "cat.png")).toMatchObject({ key: "a/cat.png" });
    await expect(post({ ...form, key: "b/cat.png" })).rejects.toMatchObject({ code: "AccessDenied" });
  });

  test("signs the token of a temporary key", async () => {
    const form = await signPostPolicy(
      { bucket: "photos", fields: { key: "a" }, expiresAt },
      { ...key, sessionToken: "t" },
    );

    const settings = { ...options, findKey: () => ({ secretAccessKey, identity: "guest", sessionToken: "t" }) };
    const verified = await verifyPostForm({ request, bucket: "photos", fields: Object.entries(form) }, settings);
    expect(verified).toMatchObject({ identity: "guest" });
  });

  test("rejects a form without a key, and fields of the signer", async () => {
    for (const fields of [{}, { key: "a", Policy: "x" }, { key: "a", bucket: "b" }, { key: "a", "X-Amz-Date": "x" }]) {
      await expect(signPostPolicy({ bucket: "photos", fields, expiresAt }, key)).rejects.toThrow(TypeError);
    }
  });
});
