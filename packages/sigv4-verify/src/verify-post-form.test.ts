import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { accessKeyId, options, presign, secretAccessKey, signHeader } from "../test/sign.ts";
import { type FormPlan, setField, signForm } from "../test/sign-form.ts";
import { parsePostPolicy } from "./parse-post-policy.ts";
import { createSigningKeyCache } from "./signing-key-cache.ts";
import { type PostForm, verifyPostForm } from "./verify-post-form.ts";

// biome-ignore lint/suspicious/noTemplateCurlyInString: the variable of S3's forms
const OPEN_KEY = "uploads/${filename}";

const flip = (text: string) => text.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
const fieldOf = ({ fields }: PostForm, name: string) => new Map(fields).get(name) ?? "";

describe("a signed form", () => {
  test("returns identity and proof together, with what its policy leaves to check", async () => {
    const conditions = [{ bucket: "photos" }, { acl: "private" }, ["starts-with", "$key", "uploads/"]];
    const form = signForm({ conditions: [...conditions, ["content-length-range", 1, 100]] });

    const verified = await verifyPostForm(form, options);

    expect(verified).toMatchObject({
      kind: "form",
      accessKeyId,
      identity: "owner",
      key: "uploads/a.jpg",
      contentLengthRange: { minBytes: 1, maxBytes: 100 },
      policy: { expiresAt: new Date("2013-05-24T01:00:00Z") },
    });
    expect(verified.fields.get("acl")).toBe("private");
  });

  test.each([
    ["cat.png", "uploads/cat.png"],
    ["C:\\Pictures\\cat.png", "uploads/cat.png"],
    ["/media/ada/cat.png", "uploads/cat.png"],
    ["$&$1", "uploads/$&$1"],
    [undefined, "uploads/"],
  ])("puts the file name %j into its key, then holds the key against the policy", async (fileName, key) => {
    const conditions = [{ bucket: "photos" }, { acl: "private" }, { key }];
    const form = { ...signForm({ fields: { key: OPEN_KEY }, conditions }), fileName };

    const verified = await verifyPostForm(form, options);

    expect(verified).toMatchObject({ key });
    expect(verified.fields.get("key")).toBe(key);
  });

  test("may spell its field names in any case", async () => {
    const form = signForm();
    const fields = form.fields.map(([name, value]) => [name.toUpperCase(), value] as const);

    expect(await verifyPostForm({ ...form, fields }, options)).toMatchObject({ identity: "owner" });
  });

  test("is accepted with the token of a temporary key, and only with that", async () => {
    const settings = { ...options, findKey: () => ({ secretAccessKey, identity: "guest", sessionToken: "tökén" }) };

    expect(await verifyPostForm(signForm({ sessionToken: "tökén" }), settings)).toMatchObject({ identity: "guest" });
    await expect(verifyPostForm(signForm(), settings)).rejects.toMatchObject({ code: "InvalidAccessKeyId" });
    for (const [form, withOptions] of [
      [signForm({ sessionToken: "other" }), settings],
      [signForm({ sessionToken: "tökén" }), options],
    ] as const) {
      await expect(verifyPostForm(form, withOptions)).rejects.toMatchObject({ code: "InvalidToken" });
    }
  });

  test.each<[string, PostForm, string]>([
    ["another secret", signForm({ secretAccessKey: "wrong" }), "SignatureDoesNotMatch"],
    [
      "another policy",
      setField(signForm(), "policy", fieldOf(signForm({ expiration: "2020-01-01T00:00:00Z" }), "policy")),
      "SignatureDoesNotMatch",
    ],
    [
      "a changed signature",
      setField(signForm(), "x-amz-signature", flip(fieldOf(signForm(), "x-amz-signature"))),
      "SignatureDoesNotMatch",
    ],
    ["a short signature", setField(signForm(), "x-amz-signature", "0"), "SignatureDoesNotMatch"],
    ["an unreadable policy that nobody signed", setField(signForm(), "policy", "{"), "SignatureDoesNotMatch"],
    ["an unknown key", signForm({ accessKeyId: "AKIAUNKNOWN" }), "InvalidAccessKeyId"],
    ["another day", setField(signForm(), "x-amz-date", "20130525T000000Z"), "AuthorizationQueryParametersError"],
    ["another region", signForm({ scope: "20130524/eu-west-1/s3/aws4_request" }), "AuthorizationQueryParametersError"],
    [
      "another service",
      signForm({ scope: "20130524/us-east-1/sts/aws4_request" }),
      "AuthorizationQueryParametersError",
    ],
    ["a broken credential", setField(signForm(), "x-amz-credential", accessKeyId), "AuthorizationQueryParametersError"],
    ["a broken date", setField(signForm(), "x-amz-date", "2013-05-24"), "AuthorizationQueryParametersError"],
    ["another algorithm", setField(signForm(), "x-amz-algorithm", "none"), "AuthorizationQueryParametersError"],
    ["SigV4A", setField(signForm(), "x-amz-algorithm", "AWS4-ECDSA-P256-SHA256"), "NotImplemented"],
    ["SigV2", setField(anonymous(), "AWSAccessKeyId", "AKIA"), "InvalidRequest"],
    ["SigV2 beside its own", setField(signForm(), "signature", "c2ln"), "InvalidArgument"],
  ])("is refused with %s", async (_title, form, code) => {
    await expect(verifyPostForm(form, options)).rejects.toMatchObject({ code });
  });

  test.each(["x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "policy", "key"])(
    "is refused without %s",
    async (name) => {
      for (const value of [undefined, ""]) {
        await expect(verifyPostForm(setField(signForm(), name, value), options)).rejects.toMatchObject({
          code: "InvalidArgument",
          message: `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
        });
      }
    },
  );

  test("is refused with a field twice, in any letters", async () => {
    const form = signForm();

    for (const name of ["key", "KEY", "X-Amz-Signature", "policy"]) {
      const twice = { ...form, fields: [...form.fields, [name, "x"] as const] };
      await expect(verifyPostForm(twice, options)).rejects.toMatchObject({ code: "InvalidArgument" });
    }
  });

  test("leaves one key in the cache however many are tried", async () => {
    const signingKeys = createSigningKeyCache();

    for (let index = 0; index < 5; index += 1) {
      const form = signForm({ accessKeyId: `AKIA${index}`, scope: `2013052${index}/us-east-1/s3/aws4_request` });
      await expect(verifyPostForm(form, { ...options, signingKeys })).rejects.toMatchObject({
        code: "InvalidAccessKeyId",
      });
    }

    expect(signingKeys.size).toBe(1);
  });
});

describe("a form signed by Signature Version 2", () => {
  const accept = { ...options, version2: "accept" } as const;

  test("is verified where that is accepted, and held against its policy", async () => {
    const verified = await verifyPostForm(version2(), accept);

    expect(verified).toMatchObject({ kind: "form", accessKeyId, identity: "owner", key: "uploads/a.jpg" });
    const extra = setField(version2(), "x-amz-meta-a", "1");
    await expect(verifyPostForm(extra, accept)).rejects.toMatchObject({ code: "AccessDenied" });
    const late = { ...accept, now: () => new Date("2013-05-24T01:00:00Z") };
    await expect(verifyPostForm(version2(), late)).rejects.toMatchObject({ code: "AccessDenied" });
  });

  test.each<[string, PostForm, string]>([
    ["another secret", version2("wrong"), "SignatureDoesNotMatch"],
    ["an unknown key", setField(version2(), "AWSAccessKeyId", "AKIAUNKNOWN"), "InvalidAccessKeyId"],
    ["another policy", setField(version2(), "policy", "e30="), "SignatureDoesNotMatch"],
    ["no signature", setField(version2(), "signature", undefined), "InvalidArgument"],
    ["no policy", setField(version2(), "policy", undefined), "InvalidArgument"],
    ["a signature of Version 4 as well", setField(version2(), "x-amz-signature", "0"), "InvalidArgument"],
    ["a token of no temporary key", setField(version2(), "x-amz-security-token", "t"), "InvalidToken"],
  ])("is refused with %s", async (_title, form, code) => {
    await expect(verifyPostForm(form, accept)).rejects.toMatchObject({ code });
  });

  test("is refused by default", async () => {
    await expect(verifyPostForm(version2(), options)).rejects.toMatchObject({ code: "InvalidRequest" });
  });
});

function version2(secret = secretAccessKey): PostForm {
  const conditions = [{ bucket: "photos" }, { key: "uploads/a.jpg" }];
  const policy = Buffer.from(JSON.stringify({ expiration: "2013-05-24T01:00:00Z", conditions })).toString("base64");
  const signature = createHmac("sha1", secret).update(policy).digest("base64");
  const fields = Object.entries({ key: "uploads/a.jpg", AWSAccessKeyId: accessKeyId, policy, signature });
  return { ...anonymous(), fields };
}

describe("a request around a form", () => {
  test.each([
    ["a signed header", signHeader({ method: "POST", path: "/photos" })],
    ["a presigned query", presign({ method: "POST", path: "/photos" })],
  ])("may not claim %s as well", async (_title, request) => {
    for (const form of [signForm(), anonymous()]) {
      await expect(verifyPostForm({ ...form, request }, options)).rejects.toMatchObject({ code: "InvalidArgument" });
    }
  });

  test("may not carry a session token for it", async () => {
    const request = { ...signForm().request, rawHeaders: ["x-amz-security-token", "token"] };

    await expect(verifyPostForm({ ...signForm(), request }, options)).rejects.toMatchObject({ code: "InvalidToken" });
  });
});

describe("an anonymous form", () => {
  test("claims nothing at all", async () => {
    expect(await verifyPostForm(anonymous(), options)).toEqual({
      kind: "anonymous",
      key: "a.jpg",
      fields: new Map([
        ["key", "a.jpg"],
        ["acl", "public-read"],
      ]),
    });
  });

  test.each(["policy", "x-amz-credential", "X-Amz-Signature", "x-amz-security-token", "x-amz-algorithm", "x-amz-date"])(
    "is none with the field %s alone",
    async (name) => {
      await expect(verifyPostForm(setField(anonymous(), name, "x"), options)).rejects.toMatchObject({
        code: "InvalidArgument",
      });
    },
  );
});

describe("security S21: a presigned form is held against its policy", () => {
  const bucket = { bucket: "photos" };
  const acl = { acl: "private" };
  const key = { key: "uploads/a.jpg" };

  test.each<[string, FormPlan, string]>([
    [
      "eq",
      { conditions: [bucket, acl, ["eq", "$key", "uploads/b.jpg"]] },
      'Policy Condition failed: ["eq", "$key", "uploads/b.jpg"]',
    ],
    [
      "eq in short",
      { conditions: [bucket, key, { acl: "public-read" }] },
      'Policy Condition failed: ["eq", "$acl", "public-read"]',
    ],
    [
      "eq in letters",
      { conditions: [bucket, key, { acl: "Private" }] },
      'Policy Condition failed: ["eq", "$acl", "Private"]',
    ],
    [
      "starts-with",
      { conditions: [bucket, acl, ["starts-with", "$key", "other/"]] },
      'Policy Condition failed: ["starts-with", "$key", "other/"]',
    ],
    [
      "a condition on a field that is missing",
      { conditions: [bucket, acl, key, ["starts-with", "$tagging", ""]] },
      'Policy Condition failed: ["starts-with", "$tagging", ""]',
    ],
    [
      "one of two conditions",
      { conditions: [bucket, acl, key, ["starts-with", "$key", "x"]] },
      'Policy Condition failed: ["starts-with", "$key", "x"]',
    ],
    [
      "one content type of a list",
      {
        fields: { "Content-Type": "image/png,text/html" },
        conditions: [bucket, acl, key, ["starts-with", "$Content-Type", "image/"]],
      },
      'Policy Condition failed: ["starts-with", "$content-type", "image/"]',
    ],
    [
      "a field that no condition covers",
      { fields: { tagging: "x" }, conditions: [bucket, acl, key] },
      "Extra input fields: tagging",
    ],
    ["two fields that no condition covers", { conditions: [bucket] }, "Extra input fields: key, acl"],
    ["no condition on the bucket", { conditions: [acl, key] }, "Extra input fields: bucket"],
    [
      "a mere prefix of the bucket",
      { conditions: [acl, key, ["starts-with", "$bucket", ""]] },
      "Extra input fields: bucket",
    ],
    ["an expiry that is over", { expiration: "2013-05-24T00:00:00Z" }, "Policy expired."],
  ])("refuses what violates %s", async (_title, plan, reason) => {
    await expect(verifyPostForm(signForm(plan), options)).rejects.toMatchObject({
      code: "AccessDenied",
      message: `Invalid according to Policy: ${reason}`,
    });
  });

  test("refuses a field that was added after signing", async () => {
    for (const name of ["tagging", "x-amz-meta-a", "success_action_redirect", "x-amz-server-side-encryption"]) {
      await expect(verifyPostForm(setField(signForm(), name, "x"), options)).rejects.toMatchObject({
        message: `Invalid according to Policy: Extra input fields: ${name}`,
      });
    }
    expect(await verifyPostForm(setField(signForm(), "X-Ignore-This", "x"), options)).toMatchObject({ kind: "form" });
  });

  test("refuses a file a byte outside the range, and hands the range out for a file of unknown size", async () => {
    const conditions = [bucket, acl, key, ["content-length-range", 10, "20"], ["Content-Length-Range", 0, 15]];
    const of = (contentLength?: number) => verifyPostForm({ ...signForm({ conditions }), contentLength }, options);

    expect(await of()).toMatchObject({ contentLengthRange: { minBytes: 10, maxBytes: 15 } });
    for (const size of [10, 15]) expect(await of(size)).toMatchObject({ kind: "form" });
    await expect(of(9)).rejects.toMatchObject({ code: "EntityTooSmall", details: { MinSizeAllowed: "10" } });
    await expect(of(16)).rejects.toMatchObject({ code: "EntityTooLarge", details: { MaxSizeAllowed: "15" } });
  });

  test("accepts operators and names in any case, and any value where the prefix is empty", async () => {
    const conditions = [{ bUcKeT: "photos" }, ["StArTs-WiTh", "$KeY", "uploads/"], ["EQ", "$AcL", "private"]];
    const type = ["starts-with", "$content-TYPE", "image/"];
    const fields = { "Content-Type": "image/png, image/jpeg", note: "anything" };

    const form = signForm({ fields, conditions: [...conditions, type, ["starts-with", "$note", ""]] });

    expect(await verifyPostForm(form, options)).toMatchObject({ kind: "form" });
  });

  test.each<[string, FormPlan, string]>([
    ["no JSON", { document: "{" }, "Invalid JSON."],
    ["no object", { document: "[]" }, "Policy must be a JSON object."],
    ["no expiration", { document: '{"conditions":[]}' }, "Policy missing expiration."],
    [
      "an expiration in capitals",
      { document: '{"EXPIRATION":"2013-05-24T01:00:00Z","conditions":[]}' },
      "Policy missing expiration.",
    ],
    ["no conditions", { document: '{"expiration":"2013-05-24T01:00:00Z"}' }, "Policy missing conditions."],
    [
      "conditions that are no list",
      { document: '{"expiration":"2013-05-24T01:00:00Z","conditions":{}}' },
      "must be a list",
    ],
    ["an expiration that is no date", { expiration: "tomorrow" }, "Invalid 'expiration' value"],
    ["an expiration of 30 February", { expiration: "2013-02-30T01:00:00Z" }, "Invalid 'expiration' value"],
    ["an expiration that is a number", { expiration: 2_000_000_000 }, "Invalid 'expiration' value"],
    ["an empty condition", { conditions: [{}] }, "must have exactly one property"],
    ["a condition of two", { conditions: [{ bucket: "photos", key: "a" }] }, "must have exactly one property"],
    ["a condition that is a string", { conditions: ["bucket"] }, "Invalid Condition"],
    ["a condition that is null", { conditions: [null] }, "Invalid Condition"],
    ["a value that is a number", { conditions: [{ success_action_status: 201 }] }, "value must be a string"],
    ["an unknown operator", { conditions: [["ends-with", "$key", ".jpg"]] }, "Unknown operation"],
    ["a field without $", { conditions: [["eq", "key", "a"]] }, "Invalid eq condition"],
    ["a prefix that is a number", { conditions: [["starts-with", "$key", 1]] }, "Invalid starts-with condition"],
    ["a range of one", { conditions: [["content-length-range", 0]] }, "Invalid Condition"],
    ["a range below nothing", { conditions: [["content-length-range", -1, 0]] }, "Invalid content-length-range"],
    ["a range upside down", { conditions: [["content-length-range", 2, 1]] }, "Invalid content-length-range"],
    ["a range with a fraction", { conditions: [["content-length-range", 0, 1.5]] }, "Invalid content-length-range"],
    [
      "a condition 3,000 deep",
      { document: `{"expiration":"2013-05-24T01:00:00Z","conditions":[${"[".repeat(3000)}${"]".repeat(3000)}]}` },
      "Invalid Condition",
    ],
  ])("rejects a policy with %s", async (_title, plan, reason) => {
    await expect(verifyPostForm(signForm(plan), options)).rejects.toMatchObject({
      code: "InvalidPolicyDocument",
      message: expect.stringMatching(new RegExp(`^Invalid Policy: .*${reason}`)),
    });
  });

  test("rejects a policy that is no base64 of UTF-8 without a mark", () => {
    for (const text of ["", "e30", "e30 ", "e3-=", "e30=\n", "/w==", "77u/e30=", "A".repeat(20_484)]) {
      expect(() => parsePostPolicy(text)).toThrow(expect.objectContaining({ code: "InvalidPolicyDocument" }));
    }
  });
});

describe("security S39: the bucket of a form is the one of its URL", () => {
  test("refuses a policy for another bucket", async () => {
    const form = { ...signForm(), bucket: "videos" };

    await expect(verifyPostForm(form, options)).rejects.toMatchObject({
      code: "AccessDenied",
      message: 'Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "photos"]',
    });
  });

  test("refuses a bucket field that names another, signed or not", async () => {
    const elsewhere = { ...signForm({ fields: { bucket: "photos" } }), bucket: "videos" };
    await expect(verifyPostForm(elsewhere, options)).rejects.toMatchObject({ code: "AccessDenied" });
    for (const form of [setField(signForm(), "bucket", "b"), setField(anonymous(), "bucket", "b")]) {
      await expect(verifyPostForm(form, options)).rejects.toMatchObject({ code: "InvalidArgument" });
    }
    expect(await verifyPostForm(signForm({ fields: { bucket: "photos" } }), options)).toMatchObject({ kind: "form" });
  });
});

describe("security S42: a form may have", () => {
  const bytes = ({ fields }: PostForm) => fields.flat().reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const padded = (total: number) =>
    setField(anonymous(), "x-ignore-a", "é".repeat((total - bytes(anonymous()) - 10) / 2));

  test("20 KB of fields before the file, and not a byte more", async () => {
    expect(await verifyPostForm(padded(20_480), options)).toMatchObject({ kind: "anonymous" });
    const [name = "", value = ""] = padded(20_480).fields.at(-1) ?? [];
    await expect(verifyPostForm(setField(anonymous(), name, `${value}x`), options)).rejects.toMatchObject({
      code: "MaxPostPreDataLengthExceededError",
      details: { MaxPostPreDataLengthBytes: "20480" },
    });
  });

  test("100 fields, and not one more", async () => {
    const filler = (count: number) => Array.from({ length: count }, (_, index) => [`x-ignore-${index}`, ""] as const);
    const withFields = (count: number) => ({ ...anonymous(), fields: [...anonymous().fields, ...filler(count - 2)] });

    expect(await verifyPostForm(withFields(100), options)).toMatchObject({ kind: "anonymous" });
    await expect(verifyPostForm(withFields(101), options)).rejects.toMatchObject({
      code: "MaxPostPreDataLengthExceededError",
    });
  });

  test("a file name of 1,024 bytes, and not one more", async () => {
    const named = (length: number) => ({ ...setField(anonymous(), "key", OPEN_KEY), fileName: "a".repeat(length) });

    expect(await verifyPostForm(named(1024), options)).toMatchObject({ key: `uploads/${"a".repeat(1024)}` });
    await expect(verifyPostForm(named(1025), options)).rejects.toMatchObject({ code: "InvalidArgument" });
  });
});

function anonymous(): PostForm {
  const request = { method: "POST", target: "/photos", rawHeaders: [] };
  return {
    request,
    bucket: "photos",
    fields: [
      ["key", "a.jpg"],
      ["acl", "public-read"],
    ],
  };
}
