import { describe, expect, test } from "vitest";
import { accessKeyId, authorize, options, setHeader, signHeader } from "../test/sign.ts";
import type { IncomingRequest } from "./read-claim.ts";
import { type VerifyOptions, verifyRequest } from "./verify-request.ts";

describe("the Authorization header", () => {
  test.each([
    ["SigV2", "AWS AKIA:c2ln", "InvalidRequest"],
    ["SigV4A", `AWS4-ECDSA-P256-SHA256 Credential=${accessKeyId}/20130524/s3/aws4_request`, "NotImplemented"],
    ["another hash", "AWS4-HMAC-SHA512 Credential=x", "InvalidArgument"],
    ["the scheme in lower case", "aws4-hmac-sha256 Credential=x", "InvalidArgument"],
    ["Basic", "Basic dXNlcjpwYXNz", "InvalidArgument"],
    ["Bearer", "Bearer token", "InvalidArgument"],
    ["nothing but a scheme", "AWS4-HMAC-SHA256", "AuthorizationHeaderMalformed"],
  ])("is refused with %s", async (_title, value, code) => {
    await expect(verifyRequest(setHeader(signHeader(), "authorization", value), options)).rejects.toMatchObject({
      code,
    });
  });

  test("is refused with a scheme of others even if the request has no date", async () => {
    const request = { method: "GET", target: "/", rawHeaders: ["authorization", "Bearer token"] };

    await expect(verifyRequest(request, options)).rejects.toMatchObject({ message: "Unsupported Authorization Type" });
  });

  test.each([
    ["two components", (value: string) => value.replace(/, Signature.*/, ""), "requires three components"],
    ["a component twice", (value: string) => `${value}, Signature=0`, "requires three components"],
    ["an unknown component", (value: string) => value.replace("Signature=", "Sig="), "requires three components"],
    ["a component without =", (value: string) => value.replace("Signature=", "Signature"), "expecting name=value"],
    ["four credential parts", (value: string) => value.replace("/s3/", "/"), "the Credential is mal-formed"],
    ["six credential parts", (value: string) => value.replace("/s3/", "/s3/s3/"), "the Credential is mal-formed"],
    ["no access key", (value: string) => value.replace(accessKeyId, ""), "a non-empty Access Key"],
    ["another terminator", (value: string) => value.replace("aws4_request", "aws5"), 'incorrect terminal "aws5"'],
    ["another service", (value: string) => value.replace("/s3/", "/ec2/"), 'incorrect service "ec2"'],
    ["a date in another form", (value: string) => value.replace("/20130524/", "/2013-05-24/"), "incorrect date format"],
    ["another day", (value: string) => value.replace("/20130524/", "/20130523/"), 'Invalid credential date "20130523"'],
    ["no signed headers", (value: string) => value.replace(/SignedHeaders=[^,]*/, "SignedHeaders="), "SignedHeaders"],
    ["a signed header in capitals", (value: string) => value.replace("=host", "=Host"), "SignedHeaders"],
    ["a signed header twice", (value: string) => value.replace("=host", "=host;host"), "SignedHeaders"],
    ["a line end in its signed headers", (value: string) => value.replace("=host", "=host;a\n;b"), "SignedHeaders"],
    ["more than 4096 bytes", (value: string) => value.replace("=host", `=${"x".repeat(4096)}`), "longer than 4096"],
  ])("is malformed with %s", async (_title, change, message) => {
    await expect(verifyRequest(authorize(signHeader(), change), options)).rejects.toMatchObject({
      code: "AuthorizationHeaderMalformed",
      message: expect.stringContaining(message),
    });
  });

  test("is read without blanks after the commas", async () => {
    const request = authorize(signHeader(), (value) => value.replaceAll(", ", ","));

    expect(await verifyRequest(request, options)).toMatchObject({ identity: "owner" });
  });

  test("names the region to sign for when it is the wrong one", async () => {
    const request = signHeader({ scope: "20130524/eu-west-1/s3/aws4_request" });

    await expect(verifyRequest(request, options)).rejects.toMatchObject({
      code: "AuthorizationHeaderMalformed",
      message: "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'us-east-1'",
      details: { Region: "us-east-1" },
    });
  });

  test("security S42: is never taken twice", async () => {
    const request = signHeader();
    const twice = { ...request, rawHeaders: [...request.rawHeaders, "authorization", request.rawHeaders.at(-1) ?? ""] };

    await expect(verifyRequest(twice, options)).rejects.toMatchObject({ code: "InvalidArgument" });
  });
});

describe("the time", () => {
  test.each([
    ["absent", undefined],
    ["empty", ""],
    ["in another form", "2013-05-24T00:00:00Z"],
    ["with a letter", "2013O524T000000Z"],
    ["of month 13", "20131324T000000Z"],
    ["of day 0", "20130500T000000Z"],
    ["of 30 February", "20130230T000000Z"],
    ["of hour 24", "20130523T240000Z"],
    ["given twice", "20130524T000000Z,20130524T000000Z"],
  ])("is refused when %s", async (_title, value) => {
    await expect(verifyRequest(setHeader(signHeader(), "x-amz-date", value), options)).rejects.toMatchObject({
      code: "AccessDenied",
      message: "AWS authentication requires a valid Date or x-amz-date header",
    });
  });

  test("is not read from anything that merely looks like a date", async () => {
    const request = setHeader(setHeader(signHeader(), "x-amz-date", undefined), "date", "24 May 2013 00:00 UTC");

    await expect(verifyRequest(request, options)).rejects.toMatchObject({ code: "AccessDenied" });
  });

  test.each([
    ["behind", "2013-05-24T00:15:00Z", "2013-05-24T00:15:01Z"],
    ["ahead", "2013-05-23T23:45:00Z", "2013-05-23T23:44:59Z"],
  ])("may be 15 minutes %s and no more", async (_title, within, beyond) => {
    const at = (time: string) => verifyRequest(signHeader(), { ...options, now: () => new Date(time) });

    expect(await at(within)).toMatchObject({ identity: "owner" });
    await expect(at(beyond)).rejects.toMatchObject({
      code: "RequestTimeTooSkewed",
      details: { RequestTime: "20130524T000000Z", ServerTime: beyond, MaxAllowedSkewMilliseconds: "900000" },
    });
  });
});

describe("the first failure decides", () => {
  const unknown = { accessKeyId: "AKIAUNKNOWN" };
  const late = { ...options, now: () => new Date("2014-01-01T00:00:00Z") };

  test.each<[string, IncomingRequest, VerifyOptions<string>, string]>([
    ["time before scheme", setHeader(signHeader(), "authorization", "AWS a:b"), late, "RequestTimeTooSkewed"],
    ["time before region", signHeader({ scope: "20130524/x/s3/aws4_request" }), late, "RequestTimeTooSkewed"],
    [
      "region before key",
      signHeader({ ...unknown, scope: "20130524/x/s3/aws4_request" }),
      options,
      "AuthorizationHeaderMalformed",
    ],
    [
      "key before the credential's day",
      signHeader({ ...unknown, scope: "20130523/us-east-1/s3/aws4_request" }),
      options,
      "InvalidAccessKeyId",
    ],
    [
      "key before payload hash",
      setHeader(signHeader(unknown), "x-amz-content-sha256", undefined),
      options,
      "InvalidAccessKeyId",
    ],
    [
      "key before unsigned headers",
      setHeader(signHeader(unknown), "x-amz-acl", "private"),
      options,
      "InvalidAccessKeyId",
    ],
    [
      "payload hash before unsigned headers",
      setHeader(setHeader(signHeader(), "x-amz-content-sha256", undefined), "x-amz-acl", "private"),
      options,
      "InvalidRequest",
    ],
    [
      "unsigned headers before the signature",
      setHeader(signHeader({ secretAccessKey: "wrong" }), "x-amz-acl", "private"),
      options,
      "AccessDenied",
    ],
  ])("%s", async (_title, request, settings, code) => {
    await expect(verifyRequest(request, settings)).rejects.toMatchObject({ code });
  });
});
