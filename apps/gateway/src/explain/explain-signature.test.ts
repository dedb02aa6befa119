import { presignUrl, type SignedRequest, signRequest, verifyRequest } from "@stave/sigv4-verify";
import { describe, expect, test } from "vitest";
import { toS3Error } from "../errors/to-s3-error.ts";
import { explainSignature } from "./explain-signature.ts";
import type { SentRequest } from "./redact-request.ts";
import { keepRefusal } from "./refused-request.ts";

const region = "us-east-1";
const key = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
const findKey = (accessKeyId: string) =>
  accessKeyId === key.accessKeyId ? { secretAccessKey: key.secretAccessKey, identity: "ann" } : undefined;
const receivedAt = new Date("2030-01-01T00:00:00Z");
const now = () => receivedAt;
const options = { region, findKey, mounts: ["/storage/v1/s3"], hosts: ["s3.example.com"] };

type Request = SentRequest;

async function sign(
  url: string,
  {
    method = "GET",
    headers = {},
    ...signing
  }: { method?: string; headers?: Record<string, string> } & Partial<
    typeof key & { region: string; service: string; now: () => Date }
  > = {},
): Promise<Request> {
  const signed = await signRequest(
    { method, url, headers },
    { ...key, region, now, payloadHash: "UNSIGNED-PAYLOAD", ...signing },
  );
  return toRequest(signed);
}

function toRequest({ method, target, headers }: Pick<SignedRequest, "method" | "target" | "headers">): Request {
  return { method, target, rawHeaders: Object.entries(headers).flat() };
}

async function presign(url: string, signing: { now?: () => Date; expiresInSeconds?: number } = {}): Promise<Request> {
  const { host, pathname, search } = new URL(
    await presignUrl({ method: "GET", url }, { ...key, region, now, ...signing }),
  );
  return { method: "GET", target: `${pathname}${search}`, rawHeaders: ["host", host] };
}

function change(request: Request, name: string, value: string): Request {
  const { rawHeaders } = request;
  const at = rawHeaders.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  const changed = at === -1 ? [...rawHeaders, name, value] : rawHeaders.with(at + 1, value);
  return { ...request, rawHeaders: changed };
}

async function explain(request: Request) {
  try {
    await verifyRequest(request, { region, findKey, now });
  } catch (thrown) {
    const error = toS3Error(thrown);
    const refused = keepRefusal({
      requestId: "0123456789ABCDEF",
      receivedAt,
      remoteAddress: "127.0.0.1",
      sent: request,
      operation: "GetObject",
      identity: undefined,
      form: undefined,
      error,
    });
    return { code: error.code, ...(await explainSignature(refused, options)) };
  }
  throw new Error("expected the signature to be refused");
}

const url = "http://s3.example.com/photos/a.jpg";

describe("a refused signature is explained", () => {
  test.each<[string, () => Promise<Request>, string, RegExp]>([
    [
      "another region",
      () => sign(url, { region: "eu-west-1" }),
      "AuthorizationHeaderMalformed",
      /another region than "us-east-1"/,
    ],
    [
      "a clock that is ahead",
      () => sign(url, { now: () => new Date(receivedAt.getTime() + 20 * 60_000) }),
      "RequestTimeTooSkewed",
      /clock of the client is 1200 s ahead of/,
    ],
    [
      "a clock that is behind",
      () => sign(url, { now: () => new Date(receivedAt.getTime() - 3_600_000) }),
      "RequestTimeTooSkewed",
      /clock of the client is 3600 s behind/,
    ],
    [
      "a proxy that rewrites Host",
      async () => change(await sign(url), "host", "10.0.0.7:7480"),
      "SignatureDoesNotMatch",
      /signed for the host "s3\.example\.com", and a proxy sent "10\.0\.0\.7:7480"/,
    ],
    [
      "a proxy that says which host it replaced",
      async () =>
        change(
          change(await sign("http://files.example.org/photos/a.jpg"), "host", "gateway"),
          "x-forwarded-host",
          "files.example.org",
        ),
      "SignatureDoesNotMatch",
      /signed for the host "files\.example\.org"/,
    ],
    [
      "a proxy that drops the port",
      async () => {
        const request = change(await sign("http://s3.example.com:8443/photos/a.jpg"), "host", "s3.example.com");
        return change(request, "x-forwarded-port", "8443");
      },
      "SignatureDoesNotMatch",
      /signed for the host "s3\.example\.com:8443"/,
    ],
    [
      "a proxy that strips a prefix",
      async () => ({ ...(await sign("http://s3.example.com/storage/v1/s3/photos/a.jpg")), target: "/photos/a.jpg" }),
      "SignatureDoesNotMatch",
      /with "\/storage\/v1\/s3" before it, which a proxy removed/,
    ],
    [
      "a proxy that strips a prefix and rewrites Host",
      async () =>
        change(
          { ...(await sign("http://s3.example.com/s3/photos/a.jpg")), target: "/photos/a.jpg" },
          "host",
          "10.0.0.7",
        ),
      "SignatureDoesNotMatch",
      /with "\/s3" before it.*signed for the host "s3\.example\.com"/,
    ],
    [
      "a bucket that moved from the host into the path",
      async () =>
        change(
          { ...(await sign("http://photos.s3.example.com/a.jpg")), target: "/photos/a.jpg" },
          "host",
          "s3.example.com",
        ),
      "SignatureDoesNotMatch",
      /bucket in the host name, and a proxy moved it into the path/,
    ],
    [
      "a bucket that moved from the path into the host",
      async () => change({ ...(await sign(url)), target: "/a.jpg" }, "host", "photos.s3.example.com"),
      "SignatureDoesNotMatch",
      /bucket in the path, and a proxy moved it into the host name/,
    ],
    [
      "a proxy that decodes escapes",
      async () => {
        const request = await sign("http://s3.example.com/photos/a%2520b.jpg");
        return { ...request, target: "/photos/a%20b.jpg" };
      },
      "SignatureDoesNotMatch",
      /escapes encoded once more/,
    ],
    [
      "a proxy that adds a slash",
      async () => ({ ...(await sign("http://s3.example.com/photos")), target: "/photos/" }),
      "SignatureDoesNotMatch",
      /path in another spelling/,
    ],
    [
      "a proxy that removes a signed header",
      async () => {
        const { rawHeaders, ...request } = await sign(url, { headers: { "x-trace": "1" } });
        const at = rawHeaders.indexOf("x-trace");
        return { ...request, rawHeaders: rawHeaders.toSpliced(at, 2) };
      },
      "SignatureDoesNotMatch",
      /headers that did not arrive: x-trace/,
    ],
    [
      "another Accept-Encoding",
      async () =>
        change(await sign(url, { headers: { "accept-encoding": "gzip, deflate, br" } }), "accept-encoding", "zstd"),
      "SignatureDoesNotMatch",
      /signed "Accept-Encoding: gzip, deflate, br", and a proxy sent "zstd" on/,
    ],
    [
      "another Content-Type",
      async () =>
        change(
          await sign(url, { method: "PUT", headers: { "content-type": "application/octet-stream" } }),
          "content-type",
          "image/png",
        ),
      "SignatureDoesNotMatch",
      /signed for the Content-Type "application\/octet-stream" and sent with "image\/png"/,
    ],
    [
      "another service",
      () => sign(url, { service: "execute-api" }),
      "AuthorizationHeaderMalformed",
      /signs for the service "execute-api"/,
    ],
    [
      "the right secret with a line break",
      () => sign(url, { secretAccessKey: `${key.secretAccessKey}\n` }),
      "SignatureDoesNotMatch",
      /right secret access key, with a line break at its end/,
    ],
    [
      "a proxy of which nothing is known",
      async () => {
        const request = await sign("http://files.example.net/photos/a.jpg");
        return change(change(request, "host", "10.0.0.7:7480"), "via", "1.1 cache");
      },
      "SignatureDoesNotMatch",
      /came through a proxy and says "10\.0\.0\.7:7480"/,
    ],
    [
      "a URL that was cut off",
      async () => {
        const request = await presign(url);
        return { ...request, target: request.target.slice(0, request.target.indexOf("&X-Amz-Signature")) };
      },
      "AuthorizationQueryParametersError",
      /only a part of its signature/,
    ],
    [
      "a URL out of HTML",
      async () => {
        const { target, ...request } = await presign(url);
        const [path, query = ""] = target.split("?");
        const parameters = query.split("&").toSorted((a) => (a.startsWith("X-Amz-Algorithm") ? -1 : 1));
        return { ...request, target: `${path}?${parameters.join("&amp;")}` };
      },
      "AuthorizationQueryParametersError",
      /copied out of HTML/,
    ],
    [
      "Signature Version 2",
      async () => ({
        method: "GET",
        target: "/photos/a.jpg",
        rawHeaders: [
          "host",
          "s3.example.com",
          "date",
          receivedAt.toUTCString(),
          "authorization",
          "AWS AKIAIOSFODNN7EXAMPLE:c2lnbmF0dXJlc2lnbmF0dXJl",
        ],
      }),
      "InvalidRequest",
      /Signature Version 2/,
    ],
    [
      "another authorization",
      async () => ({
        method: "GET",
        target: "/photos/a.jpg",
        rawHeaders: ["host", "s3.example.com", "authorization", "Bearer abc"],
      }),
      "InvalidArgument",
      /another kind, such as Basic or Bearer/,
    ],
    [
      "no date",
      async () => {
        const { rawHeaders, ...request } = await sign(url);
        return {
          ...request,
          rawHeaders: rawHeaders.toSpliced(
            rawHeaders.findIndex((name) => name.toLowerCase() === "x-amz-date"),
            2,
          ),
        };
      },
      "AccessDenied",
      /no time of signing/,
    ],
    [
      "a parameter that was added",
      async () => {
        const request = await presign(url);
        return { ...request, target: `${request.target}&utm_source=mail` };
      },
      "SignatureDoesNotMatch",
      /parameter "utm_source" was added/,
    ],
    [
      "another method",
      async () => ({ ...(await presign(url)), method: "HEAD" }),
      "SignatureDoesNotMatch",
      /signed for GET and sent as HEAD/,
    ],
    [
      "another secret",
      () => sign(url, { secretAccessKey: "another-secret" }),
      "SignatureDoesNotMatch",
      /secret access key of the client is probably another one/,
    ],
    [
      "a key that is not there",
      () => sign(url, { accessKeyId: "AKIAUNKNOWN" }),
      "InvalidAccessKeyId",
      /revoked, has expired, or belongs to another server/,
    ],
    [
      "a header that was added",
      async () => change(await sign(url), "x-amz-meta-trace", "1"),
      "AccessDenied",
      /without being signed: x-amz-meta-trace/,
    ],
    [
      "a presigned URL that has expired",
      () => presign(url, { now: () => new Date(receivedAt.getTime() - 3_600_000), expiresInSeconds: 60 }),
      "AccessDenied",
      /was good until 2029-12-31T23:01:00/,
    ],
    [
      "a presigned URL with an Authorization header",
      async () => change(await presign(url), "authorization", (await sign(url)).rawHeaders.at(-1) ?? ""),
      "InvalidArgument",
      /signed twice/,
    ],
  ])("%s", async (_, make, code, hint) => {
    const report = await explain(await make());

    expect(report.code).toBe(code);
    expect(report.hints[0]).toMatch(hint);
    expect(JSON.stringify(report)).not.toContain(key.secretAccessKey);
  });

  test("with the canonical request and the string to sign, without the client's signature", async () => {
    const request = await sign(url, { secretAccessKey: "another-secret" });
    const { computed } = await explain(request);

    expect(computed?.canonicalRequest).toMatch(/^GET\n\/photos\/a\.jpg\n/);
    expect(computed?.stringToSign).toMatch(/^AWS4-HMAC-SHA256\n20300101T000000Z\n/);
    expect(JSON.stringify(computed)).not.toContain(/Signature=(\w+)/.exec(request.rawHeaders.join())?.[1]);
  });

  test("within bounds, however long the request is", async () => {
    const many = Array.from({ length: 50 }, (_, n) => `p${n}=1`).join("&");
    const hosts = Array.from({ length: 500 }, (_, n) => `h${n}.example.com`).join(",");
    const request = change(await sign(`${url}?${many}`, { secretAccessKey: "other" }), "x-forwarded-host", hosts);

    const started = process.cpuUsage();
    const report = await explain(request);
    const { user } = process.cpuUsage(started);

    expect(report.hints).toHaveLength(2);
    expect(user).toBeLessThan(2_000_000);
  });
});
