import { expect, test } from "vitest";
import { options, presign, signHeader } from "../test/sign.ts";
import { explainRequest } from "./explain-request.ts";
import { verifyRequest } from "./verify-request.ts";

test("explains a request that verifies as it does one that is refused", async () => {
  for (const sign of [signHeader, presign]) {
    const explanation = explainRequest(sign(), options);
    const refusal = await verifyRequest(sign({ secretAccessKey: "wrong" }), options).catch((thrown) => thrown);

    expect(explanation).toEqual(refusal.explanation);
    expect(explanation?.canonicalRequest).toMatch(/^GET\n\/photos\/a\.jpg\n/);
    expect(explanation?.stringToSign).toMatch(/^AWS4-HMAC-SHA256\n20130524T000000Z\n20130524\/us-east-1\/s3\//);
  }
});

test("shows the path with its mount prefix, and no session token", () => {
  const request = presign({ query: "X-Amz-Security-Token=hidden" });

  const explanation = explainRequest(request, { ...options, mountPrefix: "/storage" });

  expect(explanation?.canonicalRequest).toContain("/storage/photos/a.jpg");
  expect(explanation?.canonicalRequest).toContain("X-Amz-Security-Token=<blanked>");
  expect(JSON.stringify(explanation)).not.toContain("hidden");
});

test("has nothing to explain of an anonymous request", () => {
  expect(explainRequest({ method: "GET", target: "/", rawHeaders: [] }, options)).toBeUndefined();
});

test("throws what verification throws before it looks at the signature", () => {
  const late = { ...options, now: () => new Date("2014-01-01T00:00:00Z") };

  expect(() => explainRequest(signHeader(), late)).toThrow(expect.objectContaining({ code: "RequestTimeTooSkewed" }));
});
