import { hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { EMPTY, options, presign, setHeader, signHeader } from "../test/sign.ts";
import { verifyRequest } from "./verify-request.ts";

describe("x-amz-content-sha256", () => {
  test.each([
    ["a hash in capitals", "ABCDEF".padEnd(64, "0"), { kind: "hashed", sha256: "abcdef".padEnd(64, "0") }],
    ["UNSIGNED-PAYLOAD", "UNSIGNED-PAYLOAD", { kind: "unsigned" }],
    [
      "unsigned chunks",
      "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      { kind: "streaming", mode: "STREAMING-UNSIGNED-PAYLOAD-TRAILER" },
    ],
    [
      "signed chunks",
      "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
      { mode: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", signing: { timestamp: "20130524T000000Z" } },
    ],
    [
      "signed chunks and trailer",
      "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
      { mode: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", signing: { timestamp: "20130524T000000Z" } },
    ],
  ])("may be %s; the signature is verified all the same", async (_title, payloadHash, payload) => {
    expect(await verifyRequest(signHeader({ payloadHash }), options)).toMatchObject({ payload });

    const forged = signHeader({ payloadHash, secretAccessKey: "wrong" });
    await expect(verifyRequest(forged, options)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });

  test.each([
    ["missing", undefined, "InvalidRequest"],
    ["empty", "", "InvalidArgument"],
    ["63 digits", "0".repeat(63), "InvalidArgument"],
    ["not hex", "g".repeat(64), "InvalidArgument"],
    ["a mode in lower case", "unsigned-payload", "InvalidArgument"],
    ["a mode that does not exist", "STREAMING-UNSIGNED-PAYLOAD", "InvalidArgument"],
    ["given twice", `${EMPTY},${EMPTY}`, "InvalidArgument"],
    ["SigV4A", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "NotImplemented"],
    ["SigV4A with trailer", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER", "NotImplemented"],
  ])("security S41: is refused when %s", async (_title, value, code) => {
    const request = setHeader(signHeader(), "x-amz-content-sha256", value);

    await expect(verifyRequest(request, options)).rejects.toMatchObject({ code });
  });
});

describe("the hash of a body that was read first", () => {
  const service = "sts";
  const bodySha256 = hash("sha256", "Action=GetCallerIdentity");
  const scope = `20130524/us-east-1/${service}/aws4_request`;
  const settings = { ...options, service };
  const plan = { method: "POST", path: "/", scope, payloadHash: bodySha256 };
  const silent = signHeader({ ...plan, omit: "x-amz-content-sha256" });

  test("is what a client signs that does not name it, or names it", async () => {
    for (const request of [silent, signHeader(plan)]) {
      expect(await verifyRequest({ ...request, bodySha256 }, settings)).toMatchObject({
        identity: "owner",
        payload: { kind: "hashed", sha256: bodySha256 },
      });
    }
  });

  test.each([
    ["of another body", { ...silent, bodySha256: EMPTY }],
    ["of another body than the header names", { ...signHeader(plan), bodySha256: EMPTY }],
    ["beside UNSIGNED-PAYLOAD", { ...signHeader({ ...plan, payloadHash: "UNSIGNED-PAYLOAD" }), bodySha256 }],
    [
      "beside signed chunks",
      { ...signHeader({ ...plan, payloadHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" }), bodySha256 },
    ],
    ["beside a presigned query", { ...presign({ method: "POST", path: "/", scope }), bodySha256 }],
  ])("is refused %s", async (_title, request) => {
    await expect(verifyRequest(request, settings)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });

  test("is a TypeError when it is none", async () => {
    const request = { ...silent, bodySha256: bodySha256.toUpperCase() };

    await expect(verifyRequest(request, settings)).rejects.toThrow(TypeError);
  });
});
