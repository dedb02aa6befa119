import { describe, expect, test } from "vitest";
import {
  accessKeyId,
  authorize,
  EMPTY,
  options,
  presign,
  secretAccessKey,
  setHeader,
  signHeader,
} from "../test/sign.ts";
import { signForm } from "../test/sign-form.ts";
import type { IncomingRequest } from "./read-claim.ts";
import { createSigningKeyCache } from "./signing-key-cache.ts";
import { verifyPostForm } from "./verify-post-form.ts";
import { type VerifyOptions, verifyRequest } from "./verify-request.ts";

describe("a header-signed request", () => {
  test("returns identity, access key and payload mode", async () => {
    const request = signHeader({ method: "PUT", payloadHash: "UNSIGNED-PAYLOAD", headers: { "x-amz-acl": "private" } });

    expect(await verifyRequest(request, options)).toEqual({
      kind: "header",
      accessKeyId,
      identity: "owner",
      host: "s3.example.com",
      payload: { kind: "unsigned" },
    });
  });

  test("may come in absolute form, from a proxy", async () => {
    const request = signHeader({ query: "versionId=1" });

    const absolute = { ...request, target: `HTTP://proxy.example.com:80${request.target}` };

    expect(await verifyRequest(absolute, options)).toMatchObject({ identity: "owner" });
  });

  test("is signed with the mount prefix in its path", async () => {
    const request = signHeader({ path: "/storage/v1/s3/photos/a.jpg" });

    expect(await verifyRequest(request, options)).toMatchObject({ identity: "owner" });
    const unmounted = { ...request, target: "/photos/a.jpg" };
    await expect(verifyRequest(unmounted, options)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });

  test("waits for a key that is looked up elsewhere, and passes on why that failed", async () => {
    const later: VerifyOptions<string> = { ...options, findKey: async () => ({ secretAccessKey, identity: "later" }) };
    expect(await verifyRequest(signHeader(), later)).toMatchObject({ identity: "later" });

    const down = { ...options, findKey: () => Promise.reject(new Error("database is down")) };
    await expect(verifyRequest(signHeader(), down)).rejects.toThrow("database is down");
  });

  test("is accepted for an additional region, and for another service if that is the one", async () => {
    const plan = { scope: "20130524/eu-west-1/s3/aws4_request" };
    const regions = { ...options, acceptedRegions: ["auto", "eu-west-1"] };
    expect(await verifyRequest(signHeader(plan), regions)).toMatchObject({ identity: "owner" });

    const express = signHeader({ scope: "20130524/us-east-1/s3express/aws4_request" });
    expect(await verifyRequest(express, { ...options, service: "s3express" })).toMatchObject({ identity: "owner" });
  });

  test("may be dated by Date alone, in HTTP's form or the ISO one", async () => {
    for (const date of ["Fri, 24 May 2013 00:00:00 GMT", "20130524T000000Z"]) {
      const request = signHeader({ headers: { date }, omit: "x-amz-date" });

      expect(await verifyRequest(request, options)).toMatchObject({ identity: "owner" });
    }
  });

  test("is compared byte by byte in header values outside ASCII", async () => {
    const value = Buffer.from("voilà  été à").toString("latin1");
    const request = signHeader({ headers: { "x-amz-meta-note": value.replace("  ", " ") } });

    expect(await verifyRequest(setHeader(request, "x-amz-meta-note", `\t${value} `), options)).toMatchObject({
      identity: "owner",
    });
    const other = setHeader(request, "x-amz-meta-note", value.replace("voil", "Voil"));
    await expect(verifyRequest(other, options)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });
});

test("rejects characters whose lower half is what was signed", async () => {
  const request = signHeader({ headers: { "x-amz-meta-a": "a" } });

  await expect(verifyRequest(setHeader(request, "x-amz-meta-a", "\u0161"), options)).rejects.toMatchObject({
    code: "InvalidArgument",
  });
  const spelled = authorize(request, (value) =>
    value.replace(/[0-9a-f]$/, (digit) => String.fromCharCode(0x100 + digit.charCodeAt(0))),
  );
  await expect(verifyRequest(spelled, options)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
});

describe("security S3: replayed with a change, a captured request is refused", () => {
  const captured = signHeader({
    method: "PUT",
    query: "tagging=&versionId=1",
    headers: { "x-amz-acl": "private" },
    payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
  });

  test.each<[string, IncomingRequest]>([
    ["the method", { ...captured, method: "DELETE" }],
    ["the bucket", { ...captured, target: captured.target.replace("photos", "videos") }],
    ["the key", { ...captured, target: captured.target.replace("a.jpg", "b.jpg") }],
    ["the case of the key", { ...captured, target: captured.target.replace("a.jpg", "A.jpg") }],
    ["a slash more", { ...captured, target: captured.target.replace("/a.jpg", "//a.jpg") }],
    ["a dot segment", { ...captured, target: captured.target.replace("/a.jpg", "/./a.jpg") }],
    ["a parameter's value", { ...captured, target: captured.target.replace("versionId=1", "versionId=2") }],
    ["a parameter less", { ...captured, target: captured.target.replace("&versionId=1", "") }],
    ["a parameter more", { ...captured, target: `${captured.target}&acl` }],
    ["a parameter twice", { ...captured, target: `${captured.target}&versionId=1` }],
    ["a signed header", setHeader(captured, "x-amz-acl", "public-read")],
    ["a signed header gone", setHeader(captured, "x-amz-acl", undefined)],
    ["a signed header twice", { ...captured, rawHeaders: ["x-amz-acl", "public-read", ...captured.rawHeaders] }],
    ["the host", setHeader(captured, "host", "s4.example.com")],
    ["the payload hash", setHeader(captured, "x-amz-content-sha256", "0".repeat(64))],
    ["the payload mode", setHeader(captured, "x-amz-content-sha256", "UNSIGNED-PAYLOAD")],
    ["the time", setHeader(captured, "x-amz-date", "20130524T000001Z")],
    ["the access key", authorize(captured, (value) => value.replace(accessKeyId, "AKIAOTHERKEY"))],
  ])("%s", async (_title, request) => {
    const findKey: VerifyOptions<string>["findKey"] = (id) =>
      id === accessKeyId ? { secretAccessKey, identity: "owner" } : { secretAccessKey: "another", identity: "other" };

    expect(await verifyRequest(captured, options)).toMatchObject({ identity: "owner" });
    await expect(verifyRequest(request, { ...options, findKey })).rejects.toMatchObject({
      code: "SignatureDoesNotMatch",
    });
  });

  test.each([
    ["a short signature", (value: string) => value.slice(0, -1)],
    ["an empty signature", (value: string) => value.slice(0, -64)],
    ["a long signature", (value: string) => `${value}0`],
    ["a signature in upper case", (value: string) => `${value.slice(0, -64)}${value.slice(-64).toUpperCase()}`],
    ["a signature that is no hex", (value: string) => `${value.slice(0, -64)}${"é".repeat(64)}`],
  ])("%s", async (_title, change) => {
    const verifying = verifyRequest(authorize(captured, change), options);

    await expect(verifying).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });
});

describe("security S1: a made-up signature is refused in every payload mode", () => {
  test.each([
    EMPTY,
    "UNSIGNED-PAYLOAD",
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
  ])("with any one digit changed: %s", async (payloadHash) => {
    const captured = signHeader({ method: "PUT", payloadHash });
    expect(await verifyRequest(captured, options)).toMatchObject({ identity: "owner" });

    for (let digit = 1; digit <= 64; digit += 1) {
      const request = authorize(captured, (value) => {
        const at = value.length - digit;
        return `${value.slice(0, at)}${value[at] === "0" ? "1" : "0"}${value.slice(at + 1)}`;
      });
      await expect(verifyRequest(request, options)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
    }
  });
});

test("security S4: every kind of claim is verified against the secret", async () => {
  const wrong = { secretAccessKey: "wrong" };

  for (const verifying of [
    () => verifyRequest(signHeader(wrong), options),
    () => verifyRequest(presign(wrong), options),
    () => verifyPostForm(signForm(wrong), options),
  ]) {
    await expect(verifying()).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  }
});

describe("an unknown access key", () => {
  test("is refused by name, whatever its signature", async () => {
    for (const secret of [secretAccessKey, "nobody"]) {
      const request = signHeader({ accessKeyId: "AKIAUNKNOWN", secretAccessKey: secret });
      await expect(verifyRequest(request, options)).rejects.toMatchObject({
        code: "InvalidAccessKeyId",
        details: { AWSAccessKeyId: "AKIAUNKNOWN" },
      });
    }
  });

  test("takes one place in the key cache, however many are tried", async () => {
    const signingKeys = createSigningKeyCache();
    for (let index = 0; index < 20; index += 1) {
      const scope = `201305${10 + index}/us-east-1/s3/aws4_request`;
      const request = signHeader({ accessKeyId: `AKIA${index}`, scope });
      await expect(verifyRequest(request, { ...options, signingKeys })).rejects.toMatchObject({
        code: "InvalidAccessKeyId",
      });
    }

    expect(signingKeys.size).toBe(1);
  });
});

describe("SignatureDoesNotMatch", () => {
  test("explains to administrators what was compared, and tells the client nothing of it", async () => {
    const request = signHeader({ secretAccessKey: "wrong" });

    const error = await verifyRequest(request, options).catch((thrown) => thrown);

    expect(error.details).toEqual({ AWSAccessKeyId: accessKeyId });
    expect(error.explanation.canonicalRequest).toMatch(/^GET\n\/photos\/a\.jpg\n\nhost:s3\.example\.com\n/);
    expect(error.explanation.stringToSign).toMatch(/^AWS4-HMAC-SHA256\n20130524T000000Z\n20130524\/us-east-1\/s3\//);
  });

  test("security S30: shows neither secrets nor signatures, in any of its fields", async () => {
    const secrets = {
      "x-amz-server-side-encryption-customer-key": "c2VjcmV0IGtleQ==",
      cookie: "session=secret",
    };
    const byHeader = signHeader({ headers: secrets, secretAccessKey: "wrong" });
    const byQuery = presign({
      query: "x-amz-server-side-encryption-customer-key=c2VjcmV0IGtleQ%3D%3D",
      secretAccessKey: "wrong",
    });
    const good = signHeader({ headers: secrets }).rawHeaders.at(-1)?.slice(-64) ?? "";

    for (const request of [byHeader, byQuery]) {
      const error = await verifyRequest(request, options).catch((thrown) => thrown);
      const text = JSON.stringify({ ...error, message: error.message });
      const sent = /[0-9a-f]{64}$/.exec(request.rawHeaders.at(-1) ?? "")?.[0] ?? request.target.slice(-64);
      for (const secret of ["c2VjcmV0", "session=secret", secretAccessKey, good, sent]) {
        expect(text).not.toContain(secret);
      }
      expect(error.code).toBe("SignatureDoesNotMatch");
      expect(text).toContain("<blanked>");
    }
  });
});
