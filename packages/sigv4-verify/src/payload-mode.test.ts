import { describe, expect, test } from "vitest";
import { EMPTY, options, setHeader, signHeader } from "../test/sign.ts";
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
