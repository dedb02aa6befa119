import { expect, test } from "vitest";
import { createPasswords } from "./password.ts";

const passwords = createPasswords();

test("a password is kept as a PHC string with a salt of its own", async () => {
  const [one, two] = await Promise.all([passwords.hash("correct horse"), passwords.hash("correct horse")]);

  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(one).not.toBe(two);
  expect(await passwords.verify("correct horse", one)).toBe(true);
  expect(await passwords.verify("correct horsf", one)).toBe(false);
  expect(await passwords.verify("", one)).toBe(false);
});

// Made by the reference implementation: printf password | argon2 somesalt -id -t 2 -m 16 -p 1
const foreign = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

test("a hash with other parameters is understood, and known to be outdated", async () => {
  expect(await passwords.verify("password", foreign)).toBe(true);
  expect(passwords.isOutdated(foreign)).toBe(true);
  expect(passwords.isOutdated(await passwords.hash("x"))).toBe(false);
});

test("security S35: without a hash the same work is done, and nothing is right", async () => {
  const used = process.cpuUsage();
  expect(await passwords.verify("password", undefined)).toBe(false);
  const { user, system } = process.cpuUsage(used);
  expect(user + system).toBeGreaterThan(5000); // microseconds: a hash was computed
});

test("who sends too many passwords at once is told to come back", async () => {
  const many = await Promise.allSettled(Array.from({ length: 80 }, () => passwords.verify("x", undefined)));

  const refused = many.filter((result) => result.status === "rejected");
  expect(refused).toHaveLength(14);
  expect(refused[0]).toMatchObject({ reason: { code: "UNAVAILABLE" } });
  expect(await passwords.verify("x", undefined)).toBe(false);
}, 60_000);
