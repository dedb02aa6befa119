import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { keyIdOf, openEnvelope, sealEnvelope } from "./envelope.ts";

const key = { id: "0123456789abcdef", bytes: randomBytes(32) };
const context = ["services", "password", "42"];
const refused = (code: string) => expect.objectContaining({ name: "VaultError", code });

describe("an envelope", () => {
  test.each(["", "s3cr3t", "\0\u{1f511} \u00fc".repeat(100), "x".repeat(64 * 1024)])(
    "opens as it was sealed",
    (text) => {
      const envelope = sealEnvelope(key, text, context);

      expect(openEnvelope(key, envelope, context)).toBe(text);
      expect(keyIdOf(envelope)).toBe(key.id);
      if (text !== "") expect(envelope).not.toContain(Buffer.from(text).toString("base64url"));
    },
  );

  test("is another one each time", () => {
    const envelopes = Array.from({ length: 100 }, () => sealEnvelope(key, "same", context));

    expect(new Set(envelopes).size).toBe(100);
  });

  test("does not open for another record, whatever its names are made of", () => {
    const envelope = sealEnvelope(key, "s3cr3t", context);

    for (const other of [
      ["services", "password", "43"],
      ["services", "password42"],
      ["services", "password", "42", ""],
      ["services,password,42"],
      [],
    ]) {
      expect(() => openEnvelope(key, envelope, other)).toThrow(refused("EnvelopeTampered"));
    }
  });

  test("does not open with another key, nor under another id", () => {
    const envelope = sealEnvelope(key, "s3cr3t", context);
    const renamed = envelope.replace(key.id, "fedcba9876543210");

    expect(() => openEnvelope({ ...key, bytes: randomBytes(32) }, envelope, context)).toThrow(
      refused("EnvelopeTampered"),
    );
    expect(() => openEnvelope({ ...key, id: "fedcba9876543210" }, renamed, context)).toThrow(
      refused("EnvelopeTampered"),
    );
  });

  test("does not open when any bit of it is changed", () => {
    const envelope = sealEnvelope(key, "s3cr3t", context);
    const [version, id, text = ""] = envelope.split(".");
    const sealed = Buffer.from(text, "base64url");

    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const other = `${version}.${id}.${changed.toString("base64url")}`;
      expect(() => openEnvelope(key, other, context)).toThrow(refused("EnvelopeTampered"));
    }
  });

  test.each([
    ["nothing", ""],
    ["another version", `sv2.${key.id}.${"A".repeat(60)}`],
    ["no key id", `sv1..${"A".repeat(60)}`],
    ["too few bytes", `sv1.${key.id}.${"A".repeat(36)}`],
    ["other characters", `sv1.${key.id}.${"A".repeat(59)}=`],
    ["bits that decoding would drop", `sv1.${key.id}.${"A".repeat(61)}B`],
    ["a line break at the end", `${sealEnvelope(key, "x", context)}\n`],
    ["a megabyte", `sv1.${key.id}.${"A".repeat(1024 * 1024)}`],
  ])("is not %s", (_, envelope) => {
    expect(() => openEnvelope(key, envelope, context)).toThrow(refused("EnvelopeInvalid"));
    expect(() => keyIdOf(envelope)).toThrow(refused("EnvelopeInvalid"));
  });

  test("shows in no error what it holds", () => {
    const envelope = sealEnvelope(key, "s3cr3t", context);
    const tampered = `${envelope.slice(0, -1)}${envelope.endsWith("A") ? "E" : "A"}`;

    for (const wrong of [tampered, `${envelope}.`, envelope.slice(0, 40)]) {
      const message = messageOf(() => openEnvelope(key, wrong, context));
      expect(message).not.toContain(envelope.slice(21, 40));
      expect(message).not.toContain("s3cr3t");
    }
  });

  test("takes 64 KiB at most", () => {
    expect(() => sealEnvelope(key, "x".repeat(64 * 1024 + 1), context)).toThrow(TypeError);
  });
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? `${error.message} ${error.stack}` : String(error);
  }
  throw new Error("expected a refusal");
}
