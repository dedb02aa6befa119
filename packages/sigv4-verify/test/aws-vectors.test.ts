import { createHmac, hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createCanonicalRequest, createStringToSign } from "../src/canonical-request.ts";
import { canonicalizeTarget } from "../src/canonical-target.ts";
import { readHeaders } from "../src/request-headers.ts";
import { deriveSigningKey } from "../src/signing-key-cache.ts";
import vectors from "./vectors/aws-sigv4/vectors.json" with { type: "json" };

// The suite is for a generic service. S3 does not normalise paths: these six come with the path they are normalised to, so
// that what remains of them is still checked. `get-space-normalized` and others need no normalising.
const normalized = new Set([
  "get-relative-normalized",
  "get-relative-relative-normalized",
  "get-slash-dot-slash-normalized",
  "get-slash-normalized",
  "get-slash-pointless-dot-normalized",
  "get-slashes-normalized",
]);

test("the suite is complete", () => {
  expect(vectors.cases).toHaveLength(38);
  expect(vectors.cases.filter(({ name }) => !normalized.has(name))).toHaveLength(32);
});

describe.each(vectors.cases)("$name", ({ name, context, header, query }) => {
  test.each([
    ["header", header],
    ["query", query],
  ])("is signed as published, as %s", (form, expected) => {
    const { method, target, rawHeaders, body } = parseRequest(expected.signedRequest);
    const [, canonicalPath = ""] = expected.canonicalRequest.split("\n");
    const parsed = canonicalizeTarget(target);
    const omitted = context.omit_session_token ? "X-Amz-Security-Token" : "";

    const canonicalRequest = createCanonicalRequest({
      method,
      target: {
        path: normalized.has(name) ? canonicalizeTarget(canonicalPath).path : parsed.path,
        query: parsed.query.filter((parameter) => !["X-Amz-Signature", omitted].includes(parameter.name)),
      },
      headers: readHeaders(rawHeaders).values,
      signedHeaders: new Set(expected.canonicalRequest.split("\n").at(-2)?.split(";")),
      payloadHash: hash("sha256", body),
    });

    expect(canonicalRequest).toBe(expected.canonicalRequest);
    const timestamp = context.timestamp.replaceAll(/[-:]/g, "");
    const date = timestamp.slice(0, 8);
    const scope = `${date}/${context.region}/${context.service}/aws4_request`;
    const stringToSign = createStringToSign(canonicalRequest, { timestamp, scope });
    expect(stringToSign).toBe(expected.stringToSign);
    const { access_key_id: accessKeyId, secret_access_key: secretAccessKey } = context.credentials;
    const key = deriveSigningKey({ ...context, date, accessKeyId, secretAccessKey });
    expect(createHmac("sha256", key).update(stringToSign).digest("hex")).toBe(expected.signature);
    expect(expected.signedRequest).toContain(form === "header" ? "Authorization:" : "X-Amz-Signature=");
  });
});

function parseRequest(text: string) {
  // As `node:http` reads bytes: latin1.
  const [head = "", body = ""] = Buffer.from(text).toString("latin1").split("\n\n");
  const [start = "", ...lines] = head.replaceAll("\n ", "\r ").split("\n");
  const [, method = "", target = ""] = /^(\S+) (.*) HTTP\/1\.1$/.exec(start) ?? [];
  const rawHeaders = lines.flatMap((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).replaceAll("\r ", "\n ")];
  });
  return { method, target, rawHeaders, body };
}
