import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { SignatureError } from "@stave/sigv4-verify";
import { describe, expect, test } from "vitest";
import { S3Error } from "../errors/s3-error.ts";
import { toS3Error } from "../errors/to-s3-error.ts";
import { createRefusalRing } from "./refusal-ring.ts";
import { keepRefusal, maxEntryBytes, type Refusal, type RefusedRequest } from "./refused-request.ts";

const denied = new S3Error("AccessDenied", "Access Denied");

function refusal(sent: Partial<Refusal["sent"]>, more: Partial<Refusal> = {}): Refusal {
  return {
    requestId: "0123456789ABCDEF",
    receivedAt: new Date("2030-01-01T00:00:00Z"),
    remoteAddress: "192.0.2.1",
    sent: { method: "GET", target: "/photos/a.jpg", rawHeaders: [], ...sent },
    operation: "GetObject",
    identity: undefined,
    form: undefined,
    error: denied,
    ...more,
  };
}

const canary = "canary-7f3a9c1e5b8d2046";
const signature = "fedcba9876543210".repeat(4);
const scope = "20300101/us-east-1/s3/aws4_request";
const signed = `AWS4-HMAC-SHA256 Credential=AKIAANN/${scope}, SignedHeaders=host;x-amz-security-token, Signature=${signature}`;

describe("what is kept of a refused request has no secret in it", () => {
  test.each<[string, Partial<Refusal["sent"]>]>([
    ["a signature", { rawHeaders: ["Authorization", signed] }],
    ["a signature of Version 2", { rawHeaders: ["authorization", `AWS AKIAANN:${canary}${canary}`] }],
    ["a password", { rawHeaders: ["authorization", `Basic ${canary}`] }],
    ["a token", { rawHeaders: ["authorization", `Bearer ${canary}`] }],
    ["an authorization without a scheme", { rawHeaders: ["authorization", canary] }],
    ["an authorization of a made-up scheme", { rawHeaders: ["authorization", `${canary} ${canary}`] }],
    [
      "an authorization that cannot be read",
      { rawHeaders: ["authorization", `AWS4-HMAC-SHA256 ${canary}, ${canary}`] },
    ],
    ["a session token", { rawHeaders: ["authorization", signed, "x-amz-security-token", canary] }],
    ["a cookie", { rawHeaders: ["Cookie", `session=${canary}`] }],
    ["what a proxy is told", { rawHeaders: ["proxy-authorization", `Basic ${canary}`] }],
    ["a customer's key", { rawHeaders: ["x-amz-server-side-encryption-customer-key", canary] }],
    ["a customer's key of a source", { rawHeaders: ["x-amz-copy-source-server-side-encryption-customer-key", canary] }],
    ["a one-time password", { rawHeaders: ["x-amz-mfa", `arn:aws:iam::1:mfa/ann ${canary}`] }],
    [
      "a key of another service that was signed",
      { rawHeaders: ["authorization", signed.replace("=host;", "=host;x-api-key;"), "x-api-key", canary] },
    ],
    ["a header that nobody knows", { rawHeaders: ["x-api-key", canary] }],
    ["the page that a visitor comes from", { rawHeaders: ["referer", `https://a.example/?t=${canary}`] }],
    ["a password before the host of a URL", { target: `http://ann:${canary}@s3.example.com/photos/a.jpg` }],
    ["a signature in the URL", { target: `/photos/a.jpg?X-Amz-Signature=${signature}` }],
    [
      "a signature of Version 2 in the URL",
      { target: `/photos/a.jpg?AWSAccessKeyId=AKIAANN&Signature=${canary}${canary}` },
    ],
    ["a session token in the URL", { target: `/photos/a.jpg?X-Amz-Security-Token=${canary}&x=1` }],
    ["a session token in other letters", { target: `/photos/a.jpg?x=1&x-amz-%73ecurity-token=${canary}` }],
    ["a customer's key in the URL", { target: `/photos/a.jpg?x-amz-server-side-encryption-customer-key=${canary}` }],
    ["a token of another service", { target: `/photos/a.jpg?access_token=${canary}&id-token=${canary}` }],
    [
      "a secret in place of a key id",
      { rawHeaders: ["authorization", signed.replace("AKIAANN", canary.padEnd(40, "x"))] },
    ],
    [
      "a secret with slashes in place of a key id",
      { rawHeaders: ["authorization", signed.replace("AKIAANN", `abcd/${canary}/e+f`)] },
    ],
    ["a secret in place of a credential", { target: `/photos/a.jpg?X-Amz-Credential=${canary.padEnd(40, "x")}` }],
  ])("%s", (_, sent) => {
    const kept = JSON.stringify(keepRefusal(refusal(sent)));

    expect(kept).not.toContain(canary);
    expect(kept).not.toContain(signature.slice(0, 9));
  });

  test("also when the message quotes it", () => {
    const sent = {
      rawHeaders: ["authorization", `AWS4-HMAC-SHA256 Credential=A/${canary}/c, SignedHeaders=host, Signature=x`],
    };
    const error = toS3Error(new SignatureError("AuthorizationHeaderMalformed", `incorrect terminal "${canary}".`));

    expect(JSON.stringify(keepRefusal(refusal(sent, { error })))).not.toContain(canary);
  });

  test.each<[string, readonly (readonly [string, string])[]]>([
    ["a session token", [["x-amz-security-token", canary]]],
    ["a customer's key", [["X-Amz-Server-Side-Encryption-Customer-Key", canary]]],
    ["a policy that quotes a token", [["policy", base64({ conditions: [{ "x-amz-security-token": canary }] })]]],
    [
      "a policy that quotes a field",
      [
        ["signature", canary],
        ["policy", base64({ conditions: [["eq", "$a", canary]] })],
      ],
    ],
    ["a signature", [["x-amz-signature", `12345678${canary}`]]],
    ["a value", [["x-amz-meta-a", canary]]],
  ])("of a form: %s", (_, fields) => {
    const error = new S3Error("SignatureDoesNotMatch", `["eq", "$x-amz-security-token", "${canary}"]`);
    const fieldsOfAnyCase = fields.map(([name, value]) => [name, value] as const);

    const kept = keepRefusal(
      refusal({}, { error, form: { fields: [...fieldsOfAnyCase, ["x-amz-security-token", canary]] } }),
    );

    expect(JSON.stringify(kept)).not.toContain(canary);
    expect(Buffer.from(kept.form?.policy ?? "", "base64").toString()).not.toContain(canary);
  });
});

describe("what is kept of a refused request", () => {
  test("is what an explanation needs", () => {
    const sent = {
      target: `/photos/a.jpg?X-Amz-Signature=${signature}&x-id=GetObject`,
      rawHeaders: [
        "Host",
        "s3.example.com",
        "Authorization",
        signed,
        "X-Forwarded-Host",
        "files.example.com",
        "x-a",
        "1",
      ],
    };

    const { request, remoteAddress } = keepRefusal(refusal(sent));

    expect(remoteAddress).toBe("192.0.2.1");
    expect(request).toEqual({
      method: "GET",
      target: "/photos/a.jpg?X-Amz-Signature=fedcba98&x-id=GetObject",
      rawHeaders: [
        "host",
        "s3.example.com",
        "authorization",
        `AWS4-HMAC-SHA256 Credential=AKIAANN/${scope}, SignedHeaders=host;x-amz-security-token, Signature=fedcba98`,
        "x-forwarded-host",
        "files.example.com",
        "x-a",
        "-blanked-",
      ],
      isWhole: true,
    });
  });

  test.each<[string, Partial<Refusal>]>([
    ["a target", { sent: { method: "GET", target: `/photos/${"a".repeat(16_000)}`, rawHeaders: [] } }],
    ["a query", { sent: { method: "GET", target: `/photos?${"a=b&".repeat(4000)}`, rawHeaders: [] } }],
    [
      "headers",
      {
        sent: {
          method: "GET",
          target: "/",
          rawHeaders: Array.from({ length: 100 }, (_, at) => [`x-amz-meta-${at}`, "v".repeat(160)]).flat(),
        },
      },
    ],
    ["a header", { sent: { method: "GET", target: "/", rawHeaders: ["x-amz-meta-a", "v".repeat(16_000)] } }],
    ["a name", { sent: { method: "GET", target: "/", rawHeaders: ["n".repeat(16_000), "v"] } }],
    [
      "a credential",
      {
        sent: {
          method: "GET",
          target: "/",
          rawHeaders: ["authorization", `AWS4-HMAC-SHA256 Credential=${"a".repeat(16_000)}`],
        },
      },
    ],
    ["a message", { error: new S3Error("AccessDenied", "m".repeat(20_000)) }],
    ["a detail", { error: new S3Error("AccessDenied", "m", { elements: { HeadersNotSigned: "h".repeat(16_000) } }) }],
    [
      "the names of a form",
      { form: { fields: Array.from({ length: 100 }, (_, at) => [`${at}`.repeat(100), "v"] as const) } },
    ],
    [
      "a policy",
      { form: { fields: [["policy", "a".repeat(20_000)]] }, error: new S3Error("SignatureDoesNotMatch", "m") },
    ],
  ])("is bounded, whatever is sent: %s", (_, more) => {
    const kept = keepRefusal(refusal({}, more));

    expect(JSON.stringify(kept).length).toBeLessThan(maxEntryBytes);
    expect(kept.sizeBytes).toBeLessThanOrEqual(maxEntryBytes);
  });

  test("does not fill the memory, however much junk comes", () => {
    const ring = createRefusalRing<RefusedRequest>();
    const junk = (at: number): Refusal => {
      const text = `${at}`.padEnd(4000, "x");
      const rawHeaders = ["authorization", `${signed}${text}`, "x-amz-meta-a", text, "x-amz-meta-b", text, text, text];
      return refusal({ target: `/photos/${text}?a=${text}`, rawHeaders });
    };
    const before = heapBytes();

    for (let at = 0; at < 5000; at += 1) ring.add(keepRefusal(junk(at)));

    expect(ring.sizeBytes).toBeLessThanOrEqual(4 * 1024 * 1024);
    // A text that was cut off a longer one would hold all of it: 16 MiB and more.
    expect(heapBytes() - before).toBeLessThan(8 * 1024 * 1024);
  });
});

function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

function base64(document: object): string {
  return Buffer.from(JSON.stringify(document)).toString("base64");
}
