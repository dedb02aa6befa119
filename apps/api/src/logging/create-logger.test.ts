import { expect, test } from "vitest";
import { maskSecrets } from "./create-logger.ts";

test.each([
  ["a token", `stave_${"x".repeat(43)}`],
  ["a cookie", `stave_session=${"s".repeat(43)}`],
  ["a bearer token", "Bearer c2VjcmV0LXNlY3JldA"],
  ["a signed URL", `https://s3/?X-Amz-Credential=AKIA/2030&X-Amz-Signature=${"a".repeat(64)}`],
  ["a session token", "X-Amz-Security-Token=FwoGZXIvYXdz"],
  ["a signature", `AWS4-HMAC-SHA256 Signature=${"0f".repeat(32)}`],
  ["an address with a password", "postgresql://stave:hunter2@db.example/stave"],
  ["a password hash", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"],
  ["a sealed secret", `sv1.${"0".repeat(16)}.c2VhbGVk`],
])("security S30: %s in a line of the log is hidden", (_, text) => {
  const secret = text.slice(-6);
  const masked = maskSecrets(JSON.stringify({ err: { message: `before ${text} after` } }));

  expect(masked).not.toContain(text);
  expect(masked).toContain("[hidden]");
  if (!text.startsWith("postgresql")) expect(masked).not.toContain(secret);
  expect(masked).toContain(" after");
  expect(() => JSON.parse(masked)).not.toThrow();
});

test("a line without secrets stays as it is, however long", () => {
  const line = JSON.stringify({ msg: `a request failed ${"x://".repeat(50_000)}` });
  expect(maskSecrets(line)).toBe(line);
});
