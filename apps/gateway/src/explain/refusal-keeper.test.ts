import { presignUrl, signRequest, verifyRequest } from "@stave/sigv4-verify";
import { expect, test } from "vitest";
import { toS3Error } from "../errors/to-s3-error.ts";
import { explainSignature } from "./explain-signature.ts";
import type { SentRequest } from "./redact-request.ts";
import { createRefusalKeeper } from "./refusal-keeper.ts";
import { createRefusalRing } from "./refusal-ring.ts";
import type { RefusedRequest } from "./refused-request.ts";

const region = "us-east-1";
const sessionToken = `token-${"t".repeat(1500)}`;
const key = { accessKeyId: "ASIAIOSFODNN7EXAMPLE", secretAccessKey: "secret-of-a-session", sessionToken };
const findKey = (accessKeyId: string, token: string | undefined) =>
  accessKeyId === key.accessKeyId && token === sessionToken ? { ...key, identity: "ann" } : undefined;
const receivedAt = new Date("2030-01-01T00:00:00Z");
const now = () => receivedAt;
const options = { region, findKey, mounts: [], hosts: ["s3.example.com"] };
const url = "http://s3.example.com/photos/a.jpg";

async function signed(): Promise<SentRequest> {
  const signing = { ...key, region, now, payloadHash: "UNSIGNED-PAYLOAD" };
  const { headers, method, target } = await signRequest({ method: "GET", url }, signing);
  return { method, target, rawHeaders: Object.entries({ ...headers, host: "10.0.0.7" }).flat() };
}

async function presigned(): Promise<SentRequest> {
  const { pathname, search } = new URL(await presignUrl({ method: "GET", url }, { ...key, region, now }));
  return { method: "GET", target: `${pathname}${search}`, rawHeaders: ["host", "10.0.0.7"] };
}

/** Refuses it as often as it is said, and returns what is kept of each. */
async function refuse(sent: SentRequest, times = 1): Promise<readonly RefusedRequest[]> {
  const refusals = createRefusalRing<RefusedRequest>();
  const keeper = createRefusalKeeper({ ...options, refusals });
  const error = await verifyRequest(sent, { region, now, findKey }).catch(toS3Error);
  if (!(error instanceof Error)) throw new Error("expected the signature to be refused");
  for (let at = 0; at < times; at += 1) {
    const requestId = at.toString(16).padStart(16, "0");
    const more = { operation: "GetObject", identity: undefined, form: undefined } as const;
    keeper.keep({ requestId, receivedAt, remoteAddress: "127.0.0.1", sent, error, ...more });
  }
  return [...refusals.newestFirst()].reverse();
}

test.each([
  ["in a header", signed],
  ["in a URL", presigned],
])("what is signed together with a session token %s is explained, and the token is not kept", async (_, make) => {
  const [refused] = await refuse(await make());
  if (refused === undefined) throw new Error("expected the refusal to be kept");

  await expect.poll(() => refused.early.hints).toBeDefined();
  const { hints } = await explainSignature(refused, options);

  expect(refused.code).toBe("SignatureDoesNotMatch");
  expect(hints).toEqual([expect.stringMatching(/signed for the host "s3\.example\.com"/)]);
  expect(JSON.stringify(refused)).not.toContain("tttttttttt");
});

test("of many such requests only a few are compared, and the others say so", async () => {
  const refused = await refuse(await signed(), 100);

  await expect.poll(() => refused.filter(({ early }) => early.hints !== undefined)).toHaveLength(2);
  const last = refused.at(-1);

  expect(last && (await explainSignature(last, options)).hints[0]).toMatch(/too many came at a time/);
});
