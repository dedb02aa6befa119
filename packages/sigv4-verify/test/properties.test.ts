import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createSigningKeyCache,
  explainRequest,
  type IncomingRequest,
  type PostForm,
  PostFormError,
  parsePostPolicy,
  presignUrl,
  SignatureError,
  verifyPostForm,
  verifyRequest,
} from "../src/index.ts";
import { now, options, presign, signHeader } from "./sign.ts";
import { signForm } from "./sign-form.ts";

// A few hundred in every run; a long one before a release: STAVE_PROPERTY_RUNS=100000.
const numRuns = Number(process.env.STAVE_PROPERTY_RUNS ?? 300);
const timeout = 10_000 + numRuns * 2;
const settings = { ...options, signingKeys: createSigningKeyCache() };

type Place = { readonly text: string; readonly put: (text: string) => IncomingRequest };

/** Every text of a request that its signature covers, and the signature. */
function placesOf(request: IncomingRequest): readonly Place[] {
  const headers = request.rawHeaders.flatMap((value, index): Place[] => {
    const put = (text: string) => ({ ...request, rawHeaders: request.rawHeaders.with(index, text) });
    return index % 2 === 1 ? [{ text: value, put }] : [];
  });
  return [
    { text: request.method, put: (method) => ({ ...request, method }) },
    { text: request.target, put: (target) => ({ ...request, target }) },
    ...headers,
  ];
}

function flipBit(text: string, position: number): string {
  const index = Math.floor(position / 8) % text.length;
  const code = text.charCodeAt(index) ^ (1 << (position % 8));
  return text.slice(0, index) + String.fromCharCode(code) + text.slice(index + 1);
}

/** The same request: escapes may be spelled in both cases, and so may the one name that nobody signs. */
function isSameSpelling(before: string, after: string): boolean {
  const lower = (text: string) => text.replace(/%[0-9a-f]{2}|&x-amz-signature=/gi, (match) => match.toLowerCase());
  return lower(before) === lower(after);
}

const position = fc.nat({ max: 8 * 2048 });

describe("security S3: a single changed bit", () => {
  const headers = { "content-type": "text/plain", "x-amz-meta-note": "voil\u00c3\u00a0" };
  const query = "prefix=a%2Fb%20c&tagging=";

  test.each<[string, IncomingRequest]>([
    ["a header-signed request", signHeader({ method: "PUT", path: "/photos/a%20b.jpg", query, headers })],
    ["a signed stream", signHeader({ method: "PUT", payloadHash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", headers })],
    ["a presigned request", presign({ path: "/photos/a%20b.jpg", query, headers })],
  ])(
    "rejects %s, or leaves it without a claim",
    async (_title, request) => {
      const places = placesOf(request);
      expect(await verifyRequest(request, settings)).toMatchObject({ identity: "owner" });

      await fc.assert(
        fc.asyncProperty(fc.nat({ max: places.length - 1 }), position, async (index, bit) => {
          const { text = "", put } = places[index] ?? {};
          const changed = flipBit(text, bit);
          if (put === undefined || isSameSpelling(text, changed)) return;

          expect(await outcome(verifyRequest(put(changed), settings))).toMatch(/^(?:refused|anonymous)$/);
        }),
        { numRuns },
      );
    },
    timeout,
  );

  test(
    "rejects a form",
    async () => {
      const form = signForm({ fields: { "Content-Type": "image/png" } });

      await fc.assert(
        fc.asyncProperty(fc.nat({ max: form.fields.length - 1 }), position, async (index, bit) => {
          const fields = form.fields.map((field, at): [string, string] => {
            return at === index ? [field[0], flipBit(field[1], bit)] : [...field];
          });

          expect(await outcome(verifyPostForm({ ...form, fields }, settings))).toBe("refused");
        }),
        { numRuns },
      );
    },
    timeout,
  );
});

describe("security S34: whatever arrives", () => {
  const bytes = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.string({ maxLength: 60 }),
    fc.constantFrom("AWS4-HMAC-SHA256", "X-Amz-Credential", "x-amz-signature", "%", "%zz", "__proto__", "\u00a0", "\0"),
  );
  const splice = fc.tuple(fc.nat({ max: 700 }), fc.nat({ max: 40 }), bytes);
  const texts = fc.array(bytes, { maxLength: 12 });

  /** Text cut into a real request: most of what is random from the start is refused at once. */
  const damaged = fc.tuple(fc.constantFrom(signHeader(), presign()), fc.nat({ max: 20 }), splice);

  test(
    "a request is verified, anonymous or refused with a SignatureError",
    async () => {
      const random = fc.record({
        method: bytes,
        target: fc.oneof(
          bytes,
          bytes.map((text) => `/${text}`),
        ),
        rawHeaders: texts,
      });
      const mutated = damaged.map(([request, index, [at, length, text]]) => {
        const places = placesOf(request);
        const place = places[index % places.length];
        const start = at % ((place?.text.length ?? 0) + 1);
        return place?.put(place.text.slice(0, start) + text + place.text.slice(start + length)) ?? request;
      });

      await fc.assert(
        fc.asyncProperty(fc.oneof(random, mutated), async (request) => {
          expect(await outcome(verifyRequest(request, settings))).not.toBe("broken");
          expect(await outcome((async () => explainRequest(request, settings))())).not.toBe("broken");
        }),
        { numRuns },
      );
    },
    timeout,
  );

  test(
    "a form is verified, anonymous or refused with one of the two errors",
    async () => {
      const names = fc.oneof(bytes, fc.constantFrom(...signForm().fields.map(([name]) => name)));
      const fields = fc.array(fc.tuple(names, bytes), { maxLength: 12 });
      const whole = fc.record({ bucket: bytes, fields, fileName: bytes });
      const signed = fc.tuple(fc.jsonValue(), whole).map(([document, form]): PostForm => {
        return { ...signForm({ document: JSON.stringify(document) }), fileName: form.fileName };
      });
      const random = whole.map((form): PostForm => ({ ...form, request: signForm().request }));

      await fc.assert(
        fc.asyncProperty(fc.oneof(random, signed), async (form) => {
          expect(await outcome(verifyPostForm(form, settings))).not.toBe("broken");
        }),
        { numRuns },
      );
    },
    timeout,
  );

  test(
    "a policy is read or refused with a PostFormError",
    async () => {
      const condition = fc.oneof(fc.jsonValue(), fc.array(fc.oneof(fc.constantFrom("eq", "$key", 1), fc.jsonValue())));
      const expiration = fc.oneof(fc.constant("2013-05-24T01:00:00Z"), fc.jsonValue());
      const document = fc.record({ expiration, conditions: fc.array(condition) }).map((value) => JSON.stringify(value));

      await fc.assert(
        fc.asyncProperty(
          fc.oneof(
            bytes,
            document.map((text) => Buffer.from(text).toString("base64")),
          ),
          async (text) => {
            expect(await outcome((async () => parsePostPolicy(text))())).not.toBe("broken");
          },
        ),
        { numRuns },
      );
    },
    timeout,
  );

  test(
    "what is to be signed is signed so that it verifies, or refused with a TypeError",
    async () => {
      const signing = { accessKeyId: "AKIA", secretAccessKey: "secret", region: "us-east-1", now: () => now };
      const findKey = () => ({ secretAccessKey: "secret", identity: "owner" });
      const origin = "https://s3.example.com";

      await fc.assert(
        fc.asyncProperty(bytes, bytes, bytes, async (path, query, note) => {
          const request = { method: "GET", url: `${origin}/${path}?${query}`, headers: { "x-amz-meta-note": note } };
          const url = await presignUrl(request, signing).catch((error: unknown) => error);
          if (url instanceof TypeError) return;

          const target = String(url).slice(origin.length);
          const rawHeaders = ["host", "s3.example.com", "x-amz-meta-note", note];
          const verified = await verifyRequest({ method: "GET", target, rawHeaders }, { ...settings, findKey });
          expect(verified).toMatchObject({ identity: "owner" });
        }),
        { numRuns },
      );
    },
    timeout,
  );
});

async function outcome(verifying: Promise<unknown>): Promise<string> {
  try {
    const verified = await verifying;
    return JSON.stringify(verified)?.includes('"anonymous"') ? "anonymous" : "verified";
  } catch (error) {
    return error instanceof SignatureError || error instanceof PostFormError ? "refused" : "broken";
  }
}
