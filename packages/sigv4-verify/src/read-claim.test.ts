import { describe, expect, test } from "vitest";
import { options, presign, setHeader, signHeader } from "../test/sign.ts";
import { createTrustedProxies } from "./trusted-proxies.ts";
import { verifyRequest } from "./verify-request.ts";

const rewritten = (signed: string) => setHeader(signHeader({ headers: { host: signed } }), "host", "10.0.0.7:9000");

describe("a Host that a proxy replaced", () => {
  test("is read as one of the public hosts, and the one that was signed is told", async () => {
    const settings = { ...options, publicHosts: ["s3.example.com", "files.example.com:8443"] };

    for (const host of settings.publicHosts) {
      expect(await verifyRequest(rewritten(host), settings)).toMatchObject({ identity: "owner", host });
    }
    expect(await verifyRequest(setHeader(presign(), "host", "internal"), settings)).toMatchObject({ kind: "query" });
    await expect(verifyRequest(rewritten("other.example.com"), settings)).rejects.toMatchObject({
      code: "SignatureDoesNotMatch",
    });
  });

  test("is told as it arrived when that was signed", async () => {
    const verified = await verifyRequest(signHeader(), { ...options, publicHosts: ["files.example.com"] });

    expect(verified).toMatchObject({ host: "s3.example.com" });
  });

  test("together with a replaced Accept-Encoding, is still one request", async () => {
    const signed = signHeader({ headers: { host: "s3.example.com", "accept-encoding": "identity" } });
    const received = setHeader(setHeader(signed, "host", "internal"), "accept-encoding", "gzip");

    expect(await verifyRequest(received, { ...options, publicHosts: ["s3.example.com"] })).toMatchObject({
      host: "s3.example.com",
    });
  });

  const trustedProxies = createTrustedProxies(["10.0.0.0/8"]);
  const forwarded = (value: string) => setHeader(rewritten("s3.example.com"), "x-forwarded-host", value);

  test.each(["s3.example.com", "s3.example.com, inner.example.com", "outer , s3.example.com"])(
    "is read from X-Forwarded-Host %j of a trusted peer",
    async (value) => {
      const request = { ...forwarded(value), remoteAddress: "::ffff:10.0.0.1" };

      expect(await verifyRequest(request, { ...options, trustedProxies })).toMatchObject({ host: "s3.example.com" });
    },
  );

  test.each([
    ["from any other peer", { ...forwarded("s3.example.com"), remoteAddress: "192.0.2.1" }],
    ["from nobody knows whom", forwarded("s3.example.com")],
    ["with another name", { ...forwarded("s4.example.com"), remoteAddress: "10.0.0.1" }],
    ["behind four others", { ...forwarded("s3.example.com,a,b,c,d"), remoteAddress: "10.0.0.1" }],
  ])("is refused %s", async (_title, request) => {
    const verifying = verifyRequest(request, { ...options, trustedProxies });

    await expect(verifying).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });

  test("may have 8 public names and no more", async () => {
    const names = Array.from({ length: 8 }, (_, index) => `s${index}.example.com`);

    expect(await verifyRequest(rewritten("s7.example.com"), { ...options, publicHosts: names })).toMatchObject({
      host: "s7.example.com",
    });
    const tooMany = { ...options, publicHosts: [...names, "s8.example.com"] };
    await expect(verifyRequest(signHeader(), tooMany)).rejects.toThrow(TypeError);
  });
});

describe("a path that a proxy shortened", () => {
  const settings = { ...options, mountPrefix: "/storage/v1/s3" };

  test("is verified as it was signed, prefix and all", async () => {
    for (const signed of [
      signHeader({ path: "/storage/v1/s3/photos/a%2Bb.jpg" }),
      presign({ path: `${settings.mountPrefix}/photos/a%2Bb.jpg` }),
    ]) {
      const received = { ...signed, target: signed.target.replace("/storage/v1/s3", "") };

      expect(await verifyRequest(received, settings)).toMatchObject({ identity: "owner" });
    }
  });

  test("is refused if it was signed without the prefix, or arrives with it", async () => {
    for (const request of [signHeader(), signHeader({ path: "/storage/v1/s3/photos/a.jpg" })]) {
      await expect(verifyRequest(request, settings)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
    }
  });

  test.each(["storage", "/", "/storage/", "/a?b", "/a#b"])("rejects the prefix %j", async (mountPrefix) => {
    await expect(verifyRequest(signHeader(), { ...options, mountPrefix })).rejects.toThrow(TypeError);
  });
});
