import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type IncomingRequest, type PostField, verifyPostForm, verifyRequest } from "../src/index.ts";
import { accessKeyId, secretAccessKey } from "./sign.ts";

type Recorded = IncomingRequest & {
  readonly name: string;
  readonly kind: string;
  readonly sessionToken?: string;
  readonly payload: object;
};

type Recording = {
  readonly source: string;
  readonly now: string;
  readonly requests: readonly Recorded[];
  readonly forms: readonly { readonly name: string; readonly sessionToken?: string; readonly fields: PostField[] }[];
};

const recordings = ["botocore", "aws-sdk-go-v2", "smithy"].map((name): Recording => {
  return JSON.parse(readFileSync(new URL(`vectors/recorded/${name}.json`, import.meta.url), "utf8"));
});

describe.each(recordings)("requests signed by $source", ({ requests, forms, now }) => {
  const optionsFor = (sessionToken: string | undefined) => ({
    region: "us-east-1",
    now: () => new Date(now),
    findKey: () => ({ secretAccessKey, identity: "owner", sessionToken }),
  });

  test.each(requests)("$name", async ({ kind, sessionToken, payload, ...request }) => {
    const options = optionsFor(sessionToken);

    expect(await verifyRequest(request, options)).toMatchObject({ kind, accessKeyId, identity: "owner", payload });
    const [head, tail] = [request.target.slice(0, 8), request.target.slice(8)];
    const other = { ...request, target: `${head}x${tail}` };
    await expect(verifyRequest(other, options)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });

  for (const { name, fields, sessionToken } of forms) {
    test(name, async () => {
      const request = { method: "POST", target: "/photos", rawHeaders: ["Host", "s3.example.com"] };
      const form = { request, bucket: "photos", fields, fileName: "cat.png" };

      expect(await verifyPostForm(form, optionsFor(sessionToken))).toMatchObject({
        kind: "form",
        key: "uploads/cat.png",
        contentLengthRange: { minBytes: 1, maxBytes: 1_048_576 },
      });
    });
  }
});
