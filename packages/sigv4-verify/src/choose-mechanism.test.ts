import { describe, expect, test } from "vitest";
import { accessKeyId, EMPTY, options, presign, setHeader, signHeader } from "../test/sign.ts";
import { verifyRequest } from "./verify-request.ts";

describe("security S2: two claims in one request", () => {
  const { target } = presign();
  const [, query = ""] = target.split("?");

  test.each([
    ["a signed header and a presigned query", { ...signHeader(), target }],
    ["a signed header and a query credential without signature", signHeader({ query: "X-Amz-Credential=other" })],
    ["a signed header and a query credential in other letters", signHeader({ query: "x-amz-credential=other" })],
    ["a signed header and an escaped query credential", { ...signHeader(), target: "/?%58-Amz-Credential=other" }],
    ["a signed header and a SigV2 query", signHeader({ query: "AWSAccessKeyId=other&Signature=x" })],
    ["a presigned query and a SigV2 query", { ...presign(), target: `${target}&AWSAccessKeyId=other` }],
    ["a presigned query and a SigV2 header", setHeader(presign(), "authorization", "AWS a:b")],
    ["a presigned query and an unknown scheme", setHeader(presign(), "authorization", "aws4-hmac-sha256 x")],
    ["two presigned signatures", { ...presign(), target: `${target}&X-Amz-Signature=${"0".repeat(64)}` }],
    ["two presigned credentials", { ...presign(), target: `${target}&x-amz-credential=other` }],
    ["a presigned query twice", { ...presign(), target: `${target}&${query}` }],
  ])("%s are refused", async (_title, request) => {
    await expect(verifyRequest(request, options)).rejects.toMatchObject({ code: "InvalidArgument" });
  });

  test.each(["Bearer token", "Basic dXNlcjpwYXNz"])("%s does not override a presigned query", async (value) => {
    const request = setHeader(presign(), "authorization", value);

    expect(await verifyRequest(request, options)).toMatchObject({ kind: "query", identity: "owner" });
    const forged = { ...request, target: request.target.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")) };
    await expect(verifyRequest(forged, options)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });
});

describe("session tokens", () => {
  test.each([
    ["a signed header", signHeader({ headers: { "x-amz-security-token": "token" } })],
    ["an unsigned header", setHeader(signHeader(), "x-amz-security-token", "token")],
    ["a presigned query", presign({ query: "X-Amz-Security-Token=token" })],
    ["a header beside a presigned query", setHeader(presign(), "x-amz-security-token", "token")],
    ["an anonymous request", { method: "GET", target: "/", rawHeaders: ["x-amz-security-token", "token"] }],
  ])("are refused in %s", async (_title, request) => {
    await expect(verifyRequest(request, options)).rejects.toMatchObject({ code: "InvalidToken" });
  });
});

describe("anonymous requests", () => {
  const anonymous = (rawHeaders: string[], target = "/photos/a.jpg") => ({ method: "GET", target, rawHeaders });

  test.each([
    ["no headers", anonymous([]), { kind: "unsigned" }],
    ["an empty Authorization header", anonymous(["Authorization", " "]), { kind: "unsigned" }],
    ["parameters that sign nothing", anonymous([], "/photos?x-id=ListObjects&X-Amz-Foo=1"), { kind: "unsigned" }],
    ["a payload hash", anonymous(["x-amz-content-sha256", EMPTY]), { kind: "hashed", sha256: EMPTY }],
    [
      "unsigned chunks",
      anonymous(["x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"]),
      { kind: "streaming", mode: "STREAMING-UNSIGNED-PAYLOAD-TRAILER" },
    ],
  ])("are told apart with %s", async (_title, request, payload) => {
    expect(await verifyRequest(request, options)).toEqual({ kind: "anonymous", payload });
  });

  test.each([
    ["signed chunks", anonymous(["x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"]), "InvalidRequest"],
    [
      "signed chunks and trailer",
      anonymous(["x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"]),
      "InvalidRequest",
    ],
    ["an unknown mode", anonymous(["x-amz-content-sha256", "none"]), "InvalidArgument"],
    ["a SigV2 credential", anonymous([], "/?AWSAccessKeyId=a&Expires=1&Signature=b"), "InvalidRequest"],
    ["a SigV2 credential alone", anonymous([], "/?AWSAccessKeyId=a"), "InvalidRequest"],
    ["a credential alone", anonymous([], `/?X-Amz-Credential=${accessKeyId}`), "AuthorizationQueryParametersError"],
    ["a signature alone", anonymous([], "/?x-amz-signature=0"), "AuthorizationQueryParametersError"],
    ["an algorithm alone", anonymous([], "/?X-Amz-Algorithm=none"), "AuthorizationQueryParametersError"],
  ])("are not what carries %s", async (_title, request, code) => {
    await expect(verifyRequest(request, options)).rejects.toMatchObject({ code });
  });
});
