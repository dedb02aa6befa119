import { describe, expect, test } from "vitest";
import { authorize, options, setHeader, signHeader } from "../test/sign.ts";
import { verifyRequest } from "./verify-request.ts";

describe("headers", () => {
  test("security S41: every x-amz-* header must be signed", async () => {
    const request = setHeader(setHeader(signHeader(), "x-amz-acl", "public-read"), "x-amz-copy-source", "/private/b");

    await expect(verifyRequest(request, options)).rejects.toMatchObject({
      code: "AccessDenied",
      message: "There were headers present in the request which were not signed",
      details: { HeadersNotSigned: "x-amz-acl, x-amz-copy-source" },
    });
  });

  test("security S41: host must be signed", async () => {
    const request = authorize(signHeader(), (value) => value.replace("=host;", "="));

    const refusal = { code: "AccessDenied", details: { HeadersNotSigned: "host" } };
    await expect(verifyRequest(request, options)).rejects.toMatchObject(refusal);
  });

  test("others need not be", async () => {
    expect(await verifyRequest(setHeader(signHeader(), "range", "bytes=0-9"), options)).toMatchObject({
      identity: "owner",
    });
  });

  test("repeated ones are signed as one, in order of arrival", async () => {
    const request = setHeader(signHeader({ headers: { "x-amz-meta-a": "1,2" } }), "x-amz-meta-a", undefined);
    const [first, second] = [
      ["X-Amz-Meta-A", " 1 "],
      ["x-amz-meta-a", "2"],
    ] as const;

    const inOrder = { ...request, rawHeaders: [...first, ...request.rawHeaders, ...second] };
    expect(await verifyRequest(inOrder, options)).toMatchObject({ identity: "owner" });
    const reversed = { ...request, rawHeaders: [...second, ...request.rawHeaders, ...first] };
    await expect(verifyRequest(reversed, options)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });

  test.each([
    ["without the port that was signed", "s3.example.com:443", "s3.example.com"],
    ["without port 80 that was signed", "s3.example.com:80", "s3.example.com"],
    ["with a port that was not signed", "s3.example.com", "s3.example.com:443"],
    ["with port 80 that was not signed", "[::1]", "[::1]:80"],
    ["of IPv6 without the port that was signed", "[::1]:443", "[::1]"],
  ])("a host may arrive %s", async (_title, signed, received) => {
    const request = setHeader(signHeader({ headers: { host: signed } }), "host", received);

    expect(await verifyRequest(request, options)).toMatchObject({ identity: "owner" });
  });

  test.each([
    ["s3.example.com:7480", "s3.example.com"],
    ["s3.example.com", "s3.example.com:7480"],
    ["s3.example.com:80", "s3.example.com:443"],
  ])("a host signed as %s may not arrive as %s", async (signed, received) => {
    const request = setHeader(signHeader({ headers: { host: signed } }), "host", received);

    await expect(verifyRequest(request, options)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });

  test.each([
    ["identity", "gzip, br"],
    ["gzip", "br"],
    ["", "gzip"],
    ["identity", undefined],
  ])("a signed accept-encoding %j may arrive as %j", async (signed, received) => {
    const request = signHeader({ headers: { "accept-encoding": signed, host: "s3.example.com:443" } });

    const rewritten = setHeader(setHeader(request, "accept-encoding", received), "host", "s3.example.com");

    expect(await verifyRequest(rewritten, options)).toMatchObject({ identity: "owner" });
  });

  test("other rewritten values are refused", async () => {
    const request = signHeader({ headers: { "accept-encoding": "br", "user-agent": "aws-cli" } });

    for (const name of ["accept-encoding", "user-agent"]) {
      const verifying = verifyRequest(setHeader(request, name, "other"), options);
      await expect(verifying).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
    }
  });

  test("security S42: may be 100 and no more", async () => {
    const request = signHeader();
    const filler = (count: number) => Array.from({ length: count }, (_, index) => [`h${index}`, "v"]).flat();
    const withTotal = (total: number) => ({
      ...request,
      rawHeaders: [...request.rawHeaders, ...filler(total - request.rawHeaders.length / 2)],
    });

    expect(await verifyRequest(withTotal(100), options)).toMatchObject({ identity: "owner" });
    const refusal = { code: "RequestHeaderSectionTooLarge" };
    await expect(verifyRequest(withTotal(101), options)).rejects.toMatchObject(refusal);
  });
});
