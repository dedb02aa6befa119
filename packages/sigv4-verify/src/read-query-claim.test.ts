import { hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { accessKeyId, EMPTY, options, presign } from "../test/sign.ts";
import type { IncomingRequest } from "./read-claim.ts";
import { verifyRequest } from "./verify-request.ts";

function change(request: IncomingRequest, from: string | RegExp, to: string): IncomingRequest {
  const target = request.target.replace(from, to);
  expect(target).not.toBe(request.target);
  return { ...request, target };
}

test("a presigned request returns identity, access key and payload mode", async () => {
  const request = presign({ query: "response-content-type=text%2Fplain", headers: { "content-type": "text/plain" } });

  expect(await verifyRequest(request, options)).toEqual({
    kind: "query",
    accessKeyId,
    identity: "owner",
    host: "s3.example.com",
    payload: { kind: "unsigned" },
  });
});

test("parameters may come in any order and spelling of their escapes", async () => {
  const { target, ...request } = presign({ query: "prefix=a%2Fb%20c~" });
  const [path, query = ""] = target.split("?");
  const reversed = query.split("&").reverse().join("&");
  const respelled = reversed
    .replaceAll("%2F", "%2f")
    .replace("%20", "+")
    .replace("~", "%7E")
    .replace("X-Amz-D", "%58-Amz-D");

  expect(await verifyRequest({ ...request, target: `${path}?${respelled}` }, options)).toMatchObject({ kind: "query" });
});

describe("replayed with a change, a captured URL is refused:", () => {
  const captured = presign({ query: "response-content-type=text%2Fplain&versionId=1" });

  test.each<[string, IncomingRequest]>([
    ["the method", { ...captured, method: "PUT" }],
    ["HEAD for GET", { ...captured, method: "HEAD" }],
    ["the bucket", change(captured, "photos", "videos")],
    ["the key", change(captured, "a.jpg", "b.jpg")],
    ["a parameter's value", change(captured, "versionId=1", "versionId=2")],
    ["a parameter less", change(captured, "&versionId=1", "")],
    ["a parameter more", change(captured, "?", "?acl&")],
    ["the expiry", change(captured, "Expires=86400", "Expires=604800")],
    ["the time", change(captured, "Date=20130524T000000Z", "Date=20130524T000100Z")],
    ["the host", { ...captured, rawHeaders: ["host", "s4.example.com"] }],
    ["a digit of the signature", change(captured, /.$/, captured.target.endsWith("0") ? "1" : "0")],
    ["no signature digits", change(captured, /Signature=.*/, "Signature=0")],
  ])("%s", async (_title, request) => {
    expect(await verifyRequest(captured, options)).toMatchObject({ identity: "owner" });
    await expect(verifyRequest(request, options)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });
});

test("security S6: a signature made without the secret is refused: hashes of what everybody can see", async () => {
  const error = await verifyRequest(presign({ secretAccessKey: "wrong" }), options).catch((thrown) => thrown);
  const { canonicalRequest, stringToSign } = error.explanation;
  const forgeries = [canonicalRequest, stringToSign, presign().target.replace(/&X-Amz-Signature=.*/, "")];

  for (const forgery of [...forgeries.map((text) => hash("sha256", text)), EMPTY]) {
    const request = change(presign(), /Signature=.*/, `Signature=${forgery}`);
    await expect(verifyRequest(request, options)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  }
});

test.each(["x-amz-acl", "x-amz-copy-source", "x-amz-tagging"])(
  "security S41: an unsigned %s header is refused",
  async (name) => {
    const request = presign({ method: "PUT" });
    const extended = { ...request, rawHeaders: [...request.rawHeaders, name, "value"] };

    await expect(verifyRequest(extended, options)).rejects.toMatchObject({
      code: "AccessDenied",
      details: { HeadersNotSigned: name },
    });
  },
);

test("an unsigned ordinary header is fine", async () => {
  const request = presign();
  const extended = { ...request, rawHeaders: [...request.rawHeaders, "range", "bytes=0-9", "if-match", "x"] };

  expect(await verifyRequest(extended, options)).toMatchObject({ identity: "owner" });
});

describe("parameters", () => {
  test.each(["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"])(
    "X-Amz-%s must be there and not empty",
    async (name) => {
      const parameter = new RegExp(`X-Amz-${name}=[^&]*`);

      for (const replacement of [`X-Amz-${name}=`, "other=1"]) {
        await expect(verifyRequest(change(presign(), parameter, replacement), options)).rejects.toMatchObject({
          code: "AuthorizationQueryParametersError",
          message: expect.stringContaining("Query-string authentication version 4 requires the X-Amz-Algorithm"),
        });
      }
    },
  );

  test.each([
    ["another algorithm", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1", "X-Amz-Algorithm only supports"],
    ["a credential in four parts", "%2Fs3", "", "the Credential is mal-formed"],
    ["another service", "%2Fs3%2F", "%2Fsts%2F", 'incorrect service "sts"'],
    ["another day", "%2F20130524%2F", "%2F20130523%2F", 'Invalid credential date "20130523"'],
    ["another region", "us-east-1", "eu-west-1", 'the region "eu-west-1" is wrong; expecting "us-east-1"'],
    ["a date in another form", "Date=20130524T000000Z", "Date=2013-05-24", "X-Amz-Date must be in the ISO8601"],
    ["a line end in the signed headers", "SignedHeaders=host", "SignedHeaders=host%0Aa", "SignedHeaders must be"],
    ["a signed header twice", "SignedHeaders=host", "SignedHeaders=host%3Bhost", "SignedHeaders must be"],
  ])("are refused with %s", async (_title, from, to, message) => {
    await expect(verifyRequest(change(presign(), from, to), options)).rejects.toMatchObject({
      code: "AuthorizationQueryParametersError",
      message: expect.stringContaining(message),
    });
  });

  test.each([
    ["an expiry that is no number", "Expires=86400", "Expires=abc", "X-Amz-Expires should be a number"],
    ["an expiry with a fraction", "Expires=86400", "Expires=1.5", "X-Amz-Expires should be a number"],
    ["an expiry with an exponent", "Expires=86400", "Expires=1e3", "X-Amz-Expires should be a number"],
    ["a negative expiry", "Expires=86400", "Expires=-1", "X-Amz-Expires must be non-negative"],
    ["an expiry over a week", "Expires=86400", "Expires=604801", "X-Amz-Expires must be less than a week"],
    [
      "an expiry of many digits",
      "Expires=86400",
      `Expires=${"9".repeat(400)}`,
      "X-Amz-Expires must be less than a week",
    ],
  ])("security S42: are refused with %s", async (_title, from, to, message) => {
    await expect(verifyRequest(change(presign(), from, to), options)).rejects.toMatchObject({
      code: "AuthorizationQueryParametersError",
      message: expect.stringContaining(message),
    });
  });

  test.each(["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"])(
    "security S42: are refused with X-Amz-%s twice",
    async (name) => {
      const request = presign();

      const twice = { ...request, target: `${request.target}&x-amz-${name.toLowerCase()}=1` };
      await expect(verifyRequest(twice, options)).rejects.toMatchObject({ code: "InvalidArgument" });
    },
  );

  test("are refused with SigV4A", async () => {
    const request = change(presign(), "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256");

    await expect(verifyRequest(request, options)).rejects.toMatchObject({ code: "NotImplemented" });
  });

  test("are refused with an unknown key", async () => {
    const request = presign({ accessKeyId: "AKIAUNKNOWN" });

    await expect(verifyRequest(request, options)).rejects.toMatchObject({ code: "InvalidAccessKeyId" });
  });
});

describe("validity", () => {
  const at = (time: string, expires?: string) =>
    verifyRequest(presign(expires === undefined ? {} : { expires }), { ...options, now: () => new Date(time) });

  test("may be a week", async () => {
    expect(await at("2013-05-30T23:59:59Z", "604800")).toMatchObject({ identity: "owner" });
    await expect(at("2013-05-31T00:00:00Z", "604800")).rejects.toMatchObject({ message: "Request has expired" });
  });

  test("of nothing at all is over, whatever the client's clock says", async () => {
    await expect(at("2013-05-23T23:50:00Z", "0")).rejects.toMatchObject({ message: "Request has expired" });
    await expect(at("2013-05-24T00:00:00Z", "0")).rejects.toMatchObject({
      code: "AccessDenied",
      details: { "X-Amz-Expires": "0", Expires: "2013-05-24T00:00:00Z", ServerTime: "2013-05-24T00:00:00Z" },
    });
  });

  test("begins up to 15 minutes ahead of the client's clock", async () => {
    expect(await at("2013-05-23T23:45:00Z")).toMatchObject({ identity: "owner" });
    await expect(at("2013-05-23T23:44:59Z")).rejects.toMatchObject({
      code: "AccessDenied",
      message: "Request is not valid yet",
    });
  });
});

describe("the payload", () => {
  const inHeader = (value: string) => ({ headers: { "x-amz-content-sha256": value }, payloadHash: value });
  const inQuery = (value: string) => ({ query: `X-Amz-Content-Sha256=${value}`, payloadHash: value });

  test.each([
    ["a signed header", presign(inHeader(EMPTY)), { kind: "hashed", sha256: EMPTY }],
    ["the query", presign(inQuery(EMPTY)), { kind: "hashed", sha256: EMPTY }],
    ["both", presign({ ...inHeader(EMPTY), ...inQuery(EMPTY) }), { kind: "hashed", sha256: EMPTY }],
    [
      "a signed header that announces signed chunks",
      presign(inHeader("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")),
      { kind: "streaming", signing: { credentialScope: "20130524/us-east-1/s3/aws4_request" } },
    ],
  ])("mode comes from %s", async (_title, request, payload) => {
    expect(await verifyRequest(request, options)).toMatchObject({ kind: "query", payload });
  });

  test("mode is refused when query and header differ", async () => {
    const request = presign({ ...inHeader(EMPTY), query: "X-Amz-Content-Sha256=UNSIGNED-PAYLOAD" });

    await expect(verifyRequest(request, options)).rejects.toMatchObject({ code: "InvalidArgument" });
  });

  test("mode is refused when it comes in a header that is not signed", async () => {
    const request = presign();
    const extended = { ...request, rawHeaders: [...request.rawHeaders, "x-amz-content-sha256", EMPTY] };

    await expect(verifyRequest(extended, options)).rejects.toMatchObject({ code: "AccessDenied" });
  });
});
