import { describe, expect, test } from "vitest";
import { type IncomingRequest, verifyRequest } from "../src/index.ts";
import { accessKeyId, EMPTY, now, secretAccessKey } from "./sign.ts";

// The worked examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html,
// sigv4-query-string-auth.html, sigv4-streaming.html and sigv4-streaming-trailers.html
const options = {
  region: "us-east-1",
  findKey: (id: string) => (id === accessKeyId ? { secretAccessKey, identity: "AWS" } : undefined),
  now: () => now,
};
const scope = "20130524/us-east-1/s3/aws4_request";

type Example = { method: string; target: string; headers: Record<string, string>; signature: string };

const bucketHost = "examplebucket.s3.amazonaws.com";
const stream = {
  host: "s3.amazonaws.com",
  "x-amz-date": "20130524T000000Z",
  "x-amz-storage-class": "REDUCED_REDUNDANCY",
  "content-encoding": "aws-chunked",
  "x-amz-decoded-content-length": "66560",
};

const examples: [string, Example][] = [
  [
    "GET with a range",
    {
      method: "GET",
      target: "/test.txt",
      headers: {
        host: bucketHost,
        range: "bytes=0-9",
        "x-amz-content-sha256": EMPTY,
        "x-amz-date": "20130524T000000Z",
      },
      signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    },
  ],
  [
    "PUT of a key with a dollar sign and a Date header",
    {
      method: "PUT",
      target: "/test$file.text",
      headers: {
        date: "Fri, 24 May 2013 00:00:00 GMT",
        host: bucketHost,
        "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
        "x-amz-date": "20130524T000000Z",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
      },
      signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    },
  ],
  [
    "GET of a sub-resource without a value",
    {
      method: "GET",
      target: "/?lifecycle",
      headers: { host: bucketHost, "x-amz-content-sha256": EMPTY, "x-amz-date": "20130524T000000Z" },
      signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    },
  ],
  [
    "GET of a listing",
    {
      method: "GET",
      target: "/?max-keys=2&prefix=J",
      headers: { host: bucketHost, "x-amz-content-sha256": EMPTY, "x-amz-date": "20130524T000000Z" },
      signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    },
  ],
  [
    "PUT in signed chunks",
    {
      method: "PUT",
      target: "/examplebucket/chunkObject.txt",
      headers: {
        ...stream,
        "content-length": "66824",
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
      },
      signature: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    },
  ],
  [
    "PUT in signed chunks with a trailer",
    {
      method: "PUT",
      target: "/examplebucket/chunkObject.txt",
      headers: {
        ...stream,
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "x-amz-trailer": "x-amz-checksum-crc32c",
      },
      signature: "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    },
  ],
];

describe.each(examples)("S3 example: %s", (_title, { method, target, headers, signature }) => {
  const names = Object.keys(headers).sort().join(";");
  const credential = `Credential=${accessKeyId}/${scope}`;
  const request: IncomingRequest = {
    method,
    target,
    rawHeaders: [
      ...Object.entries(headers).flat(),
      "Authorization",
      `AWS4-HMAC-SHA256 ${credential},SignedHeaders=${names},Signature=${signature}`,
    ],
  };

  test("is accepted", async () => {
    expect(await verifyRequest(request, options)).toMatchObject({ kind: "header", accessKeyId, identity: "AWS" });
  });

  test("is refused with another secret", async () => {
    const findKey = () => ({ secretAccessKey: `${secretAccessKey}x`, identity: "AWS" });

    const verifying = verifyRequest(request, { ...options, findKey });
    await expect(verifying).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });
});

test("S3 example: presigned GET is accepted until its last second, and not in the next", async () => {
  const query = [
    "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    `X-Amz-Credential=${accessKeyId}%2F20130524%2Fus-east-1%2Fs3%2Faws4_request`,
    "X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host",
    "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
  ].join("&");
  const request = { method: "GET", target: `/test.txt?${query}`, rawHeaders: ["Host", bucketHost] };

  const lastSecond = { ...options, now: () => new Date("2013-05-24T23:59:59Z") };
  expect(await verifyRequest(request, lastSecond)).toMatchObject({ kind: "query", payload: { kind: "unsigned" } });
  const nextSecond = { ...options, now: () => new Date("2013-05-25T00:00:00Z") };
  await expect(verifyRequest(request, nextSecond)).rejects.toMatchObject({
    code: "AccessDenied",
    message: "Request has expired",
    details: { "X-Amz-Expires": "86400", Expires: "2013-05-25T00:00:00Z", ServerTime: "2013-05-25T00:00:00Z" },
  });
});

test("S3 example: the streaming PUT returns where its chunk signatures start", async () => {
  const [, example] = examples[4] ?? [];
  const headers = example?.headers ?? {};
  const names = Object.keys(headers).sort().join(";");
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${example?.signature}`;
  const rawHeaders = [...Object.entries(headers).flat(), "Authorization", authorization];

  const { payload } = await verifyRequest({ method: "PUT", target: example?.target ?? "", rawHeaders }, options);

  expect(payload).toMatchObject({
    kind: "streaming",
    mode: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    signing: { timestamp: "20130524T000000Z", credentialScope: scope, seedSignature: example?.signature },
  });
  const signingKey = "signing" in payload ? payload.signing.signingKey.export().toString("hex") : "";
  expect(signingKey).toBe("dbb893acc010964918f1fd433add87c70e8b0db6be30c1fbeafefa5ec6ba8378");
});
