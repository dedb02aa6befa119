import { describe, expect, test } from "vitest";
import { accessKeyId, options, presign, secretAccessKey, setHeader, signHeader } from "../test/sign.ts";
import type { FindKey } from "./find-credential.ts";
import { createSigningKeyCache } from "./signing-key-cache.ts";
import { verifyRequest } from "./verify-request.ts";

const token = "FwoGZXIvYXdz+/==";
const byHeader = (value = token) => signHeader({ headers: { "x-amz-security-token": value } });
const byQuery = (value = token) => presign({ query: `X-Amz-Security-Token=${encodeURIComponent(value)}` });
const temporary = { ...options, findKey: () => ({ secretAccessKey, identity: "guest", sessionToken: token }) };
const expired = { ...options, findKey: () => ({ isExpired: true }) as const };
const forged = { ...options, findKey: () => ({ isForged: true }) as const };

describe("a temporary key", () => {
  test.each([
    ["a signed header", byHeader()],
    ["a presigned query", byQuery()],
    ["a signed header beside a presigned query", presign({ headers: { "x-amz-security-token": token } })],
  ])("is accepted with its token in %s", async (_title, request) => {
    expect(await verifyRequest(request, temporary)).toMatchObject({ identity: "guest" });
  });

  test.each([
    ["no token in the headers", signHeader(), "InvalidAccessKeyId"],
    ["no token in the query", presign(), "InvalidAccessKeyId"],
    ["another token in the headers", byHeader("other"), "InvalidToken"],
    ["another token in the query", byQuery("other"), "InvalidToken"],
    ["a token of equal length", byHeader("GwoGZXIvYXdz+/=="), "InvalidToken"],
    ["an empty token", byHeader(""), "InvalidToken"],
    ["its token unsigned", setHeader(signHeader(), "x-amz-security-token", token), "AccessDenied"],
    ["its token unsigned beside a query", setHeader(presign(), "x-amz-security-token", token), "AccessDenied"],
    ["its token twice", setHeader(byQuery(), "x-amz-security-token", token), "InvalidArgument"],
    [
      "a wrong secret",
      signHeader({ headers: { "x-amz-security-token": token }, secretAccessKey: "wrong" }),
      "SignatureDoesNotMatch",
    ],
  ])("is refused with %s", async (_title, request, code) => {
    await expect(verifyRequest(request, temporary)).rejects.toMatchObject({ code });
  });

  test("whose time is over is refused as expired, and as unknown if its token is missing", async () => {
    for (const request of [byHeader(), byQuery()]) {
      await expect(verifyRequest(request, expired)).rejects.toMatchObject({ code: "ExpiredToken" });
    }
    await expect(verifyRequest(signHeader(), expired)).rejects.toMatchObject({ code: "InvalidAccessKeyId" });
  });

  test("with a forged token is refused for it, and as unknown if it is missing", async () => {
    for (const request of [byHeader(), byQuery()]) {
      await expect(verifyRequest(request, forged)).rejects.toMatchObject({ code: "InvalidToken" });
    }
    await expect(verifyRequest(signHeader(), forged)).rejects.toMatchObject({ code: "InvalidAccessKeyId" });
  });

  test("is looked up with the token that was sent, of a permanent one without", async () => {
    const asked: unknown[][] = [];
    const findKey: FindKey<string> = (...question) => {
      asked.push(question);
      return { secretAccessKey, identity: "guest", sessionToken: question[1] };
    };

    for (const request of [byHeader(), byQuery(), signHeader()]) await verifyRequest(request, { ...options, findKey });

    expect(asked).toEqual([
      [accessKeyId, token],
      [accessKeyId, token],
      [accessKeyId, undefined],
    ]);
  });
});

test("a refused token leaves no key of its own in the cache", async () => {
  const signingKeys = createSigningKeyCache();

  for (const settings of [temporary, expired, forged, options]) {
    await expect(verifyRequest(byHeader("other"), { ...settings, signingKeys })).rejects.toThrow();
  }

  expect(signingKeys.size).toBe(1);
});

test("no refusal names a token", async () => {
  const wrong = signHeader({ headers: { "x-amz-security-token": token }, secretAccessKey: "wrong" });

  for (const [request, settings] of [
    [wrong, temporary],
    [byHeader("hidden"), temporary],
    [byQuery(), expired],
    [byQuery(), forged],
  ] as const) {
    const error = await verifyRequest(request, settings).catch((thrown) => thrown);
    expect(JSON.stringify({ ...error, message: error.message })).not.toMatch(/FwoGZX|hidden/);
  }
});
