import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createSessionTokens, generateAccessKey, type SessionTokens } from "@stave/credential-vault";
import { signPostPolicy } from "@stave/sigv4-verify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Control } from "../src/control/open-control.ts";
import { changeKeys } from "./support/change-keys.ts";
import { createS3Client, escapeText, type S3Answer, type S3Client } from "./support/s3-client.ts";
import { ann, bob, startGateway, type TestAccount, type TestGateway } from "./support/start-gateway.ts";
import { callSts, credentialsOf, type StsCallOptions, type StsParameters, signStsCall } from "./support/sts-client.ts";

const role = `arn:aws:iam::${ann.id}:role/self`;
const readPublic = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Sid: "Public", Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::photos/public/*" }],
});
const assumeRole = { Action: "AssumeRole", RoleArn: role, RoleSessionName: "ci" };

let gateway: TestGateway;
let s3: S3Client;
beforeAll(async () => {
  gateway = await startGateway();
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/photos" });
  for (const path of ["/photos/public/cat", "/photos/private/cat"]) await s3.call({ method: "PUT", path, body: "cat" });
  await s3.call({ method: "PUT", path: "/of-bob", account: bob });
}, 60_000);
afterAll(async () => {
  const log = gateway.log();
  await gateway.stop();
  expect(log).not.toMatch(/st1\.[0-9a-f]{16}\./);
});

const sts = (parameters: StsParameters | string, options?: StsCallOptions) => callSts(gateway, parameters, options);
const session = async (parameters: StsParameters = { Action: "GetSessionToken" }, account: TestAccount = ann) =>
  credentialsOf(await sts(parameters, { account }), account);
const issueKey = async () => ({ ...ann, ...(await changeKeys(gateway, (keys) => keys.issue({ ownerId: ann.id }))) });
const get = async (path: string, account: TestAccount) => {
  const { status, code } = await s3.call({ path, account });
  return code ?? status;
};
/** Each connection is served by one of the processes: several, so that all are asked. */
const getByAll = async (account: TestAccount, path = "/photos/private/cat") =>
  new Set(await Promise.all(Array.from({ length: 8 }, () => get(path, account))));
const withTokens = <T>(work: (tokens: SessionTokens, control: Control) => Promise<T>): Promise<T> =>
  changeKeys(gateway, (_, control) =>
    work(createSessionTokens({ vault: control.vault, store: control.database.as("test").secrets }), control),
  );
const issuances = () => changeKeys(gateway, (_, { database }) => database.audit.list({ action: "session:issue" }));

/** Nothing of a key was told, and none was made. */
async function refused(calling: Promise<S3Answer>, status: number, code: string): Promise<void> {
  const before = (await issuances()).length;

  const answer = await calling;

  expect([answer.status, answer.code]).toEqual([status, code]);
  expect(answer.text).toContain('<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">');
  expect(answer.text).not.toMatch(/<Credentials>|<SessionToken>|ASIA[A-Z2-7]/);
  expect(await issuances()).toHaveLength(before);
}

describe("GetSessionToken", () => {
  test("gives a temporary key, in the document of STS, that opens in every process what the account owns", async () => {
    const answer = await sts({ Action: "GetSessionToken" });

    expect(answer).toMatchObject({ status: 200, headers: { "content-type": "text/xml", "cache-control": "no-store" } });
    expect(answer.text).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<GetSessionTokenResponse xmlns="https:\/\/sts.amazonaws.com\/doc\/2011-06-15\/"><GetSessionTokenResult><Credentials><AccessKeyId>ASIA[A-Z2-7]{16}<\/AccessKeyId><SecretAccessKey>[A-Za-z0-9+/]{40}<\/SecretAccessKey><SessionToken>[\w.-]+<\/SessionToken><Expiration>[\dT:-]+Z<\/Expiration><\/Credentials><\/GetSessionTokenResult><ResponseMetadata><RequestId>\w+<\/RequestId><\/ResponseMetadata><\/GetSessionTokenResponse>$/,
    );
    expect(answer.one("RequestId")).toBe(answer.headers["x-amzn-requestid"]);
    const seconds = (Date.parse(answer.one("Expiration") ?? "") - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(43_200 - 30);
    expect(seconds).toBeLessThanOrEqual(43_200);
    const key = credentialsOf(answer);
    expect(await getByAll(key)).toEqual(new Set([200]));
    expect((await s3.call({ method: "PUT", path: "/photos/new", body: "x", account: key })).status).toBe(200);
    expect(await get("/of-bob", key)).toBe("AccessDenied");
  });

  test("is there at the mount and with the path empty, as at the root", async () => {
    for (const path of ["/", "/storage/v1/s3", "/storage/v1/s3/"]) {
      expect((await sts({ Action: "GetSessionToken" }, { path })).status).toBe(200);
    }
  });

  test.each(["900", "129600"])("gives a key for %s seconds", async (DurationSeconds) => {
    const answer = await sts({ Action: "GetSessionToken", DurationSeconds });

    const seconds = (Date.parse(answer.one("Expiration") ?? "") - Date.now()) / 1000;
    expect(Math.abs(seconds - Number(DurationSeconds))).toBeLessThan(30);
  });

  test("gives keys that presign addresses and forms", async () => {
    const key = await session();
    const presigned = await s3.send(await s3.presign({ path: "/photos/private/cat", account: key }));
    expect([presigned.status, presigned.text]).toEqual([200, "cat"]);

    const expiresAt = new Date(Date.now() + 60_000);
    const fields = await signPostPolicy(
      { bucket: "photos", fields: { key: "by-form" }, expiresAt },
      { ...key, region: "us-east-1" },
    );
    expect(Object.keys(fields)).toContain("x-amz-security-token");
    const post = (sent: Readonly<Record<string, string>>) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(sent)) form.append(name, value);
      form.append("file", new Blob(["by form"]));
      return fetch(`${gateway.endpoint}/photos`, { method: "POST", body: form });
    };
    expect((await post(fields)).status).toBe(204);
    expect((await s3.call({ path: "/photos/by-form" })).text).toBe("by form");
    const { "x-amz-security-token": _, ...bare } = fields;
    expect((await post(bare)).status).toBe(403);
  });

  test("is written into the audit log", async () => {
    const { accessKeyId } = await session({ ...assumeRole, Policy: readPublic });

    expect((await issuances())[0]).toMatchObject({
      actor: ann.id,
      subject: accessKeyId,
      details: {
        parentAccessKeyId: ann.accessKeyId,
        name: "ci",
        policy: readPublic,
        remoteAddress: "127.0.0.1",
        requestId: expect.stringMatching(/^\w+$/),
      },
    });
    expect(JSON.stringify(await issuances())).not.toMatch(/st1\./);
  });

  test("gives nobody a key that cannot be written into the audit log", { timeout: 30_000 }, async () => {
    const other = await startGateway({ workers: 1 });
    try {
      await callSts(other, { Action: "GetSessionToken" });
      const database = new DatabaseSync(join(other.dataDirectory, "control.sqlite"));
      database.exec("create trigger full before insert on audit begin select raise(abort, 'disk full'); end");

      const answer = await callSts(other, { Action: "GetSessionToken" });

      expect([answer.status, answer.code, answer.one("Type")]).toEqual([500, "InternalFailure", "Receiver"]);
      expect(answer.text).not.toMatch(/ASIA[A-Z2-7]|disk/);
      database.exec("drop trigger full");
      database.close();
      expect((await callSts(other, { Action: "GetSessionToken" })).status).toBe(200);
    } finally {
      await other.stop();
    }
  });
});

describe("AssumeRole", () => {
  test("gives a key that may do what the policy allows, as far as its account may", async () => {
    const answer = await sts({ ...assumeRole, Policy: readPublic, DurationSeconds: "43200" });
    const key = credentialsOf(answer);

    expect(answer.one("Arn")).toBe(`arn:aws:sts::${ann.id}:assumed-role/self/ci`);
    expect(answer.one("AssumedRoleId")).toBe(`${ann.id}:ci`);
    expect(answer.one("PackedPolicySize")).toBe(String(Math.ceil((100 * readPublic.length) / 2048)));
    expect(await getByAll(key, "/photos/public/cat")).toEqual(new Set([200]));
    expect(await getByAll(key, "/photos/private/cat")).toEqual(new Set(["AccessDenied"]));
    expect(await getByAll(key, "/photos")).toEqual(new Set(["AccessDenied"]));
    const put = await s3.call({ method: "PUT", path: "/photos/public/cat", body: "dog", account: key });
    expect([put.status, (await s3.call({ path: "/photos/public/cat" })).text]).toEqual([403, "cat"]);
  });

  test("gives no more than the account may, whatever the policy says", async () => {
    const everything = JSON.stringify({ Statement: { Effect: "Allow", Action: "*", Resource: "*" } });
    const key = await session({ ...assumeRole, Policy: everything });

    expect(await getByAll(key)).toEqual(new Set([200]));
    expect(await get("/of-bob", key)).toBe("AccessDenied");
  });

  test("gives what the caller may when there is no policy, for an hour", async () => {
    const answer = await sts(assumeRole);

    expect(await getByAll(credentialsOf(answer))).toEqual(new Set([200]));
    const seconds = (Date.parse(answer.one("Expiration") ?? "") - Date.now()) / 1000;
    expect(Math.abs(seconds - 3600)).toBeLessThan(30);
    expect(answer.text).not.toContain("PackedPolicySize");
  });

  test("takes the largest policy, and gives a token that fits a header and an address", async () => {
    const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::photos/public/*" };
    const padded = (Sid: string) => JSON.stringify({ Statement: { Sid, ...statement } });
    const Policy = padded("x".repeat(2048 - padded("").length));
    expect(Policy).toHaveLength(2048);

    const key = await session({ ...assumeRole, Policy });

    expect(key.sessionToken.length).toBeLessThan(4096);
    expect(await getByAll(key, "/photos/public/cat")).toEqual(new Set([200]));
    const presigned = await s3.send(await s3.presign({ path: "/photos/public/cat", account: key }));
    expect(presigned.status).toBe(200);
  });

  test.each<[string, StsParameters, number, string]>([
    ["without a role", { RoleArn: "" }, 400, "ValidationError"],
    ["of another account", { RoleArn: `arn:aws:iam::${bob.id}:role/self` }, 403, "AccessDenied"],
    ["with a name that promises other rights", { RoleArn: role.replace("self", "read-only") }, 403, "AccessDenied"],
    ["with a user", { RoleArn: `arn:aws:iam::${ann.id}:user/ann` }, 403, "AccessDenied"],
    ["with more behind it", { RoleArn: `${role}/x` }, 403, "AccessDenied"],
    ["without a session name", { RoleSessionName: "" }, 400, "ValidationError"],
    ["with a session name of one letter", { RoleSessionName: "a" }, 400, "ValidationError"],
    ["with a session name of signs", { RoleSessionName: "a/b" }, 400, "ValidationError"],
    ["for too short", { DurationSeconds: "899" }, 400, "ValidationError"],
    ["for too long", { DurationSeconds: "43201" }, 400, "ValidationError"],
    ["for no number", { DurationSeconds: "1e3" }, 400, "ValidationError"],
    ["for less than nothing", { DurationSeconds: "-900" }, 400, "ValidationError"],
    ["with an empty policy", { Policy: "" }, 400, "ValidationError"],
    ["with a policy beyond latin1", { Policy: readPublic.replace("Public", "日本") }, 400, "ValidationError"],
    ["with a policy that is no JSON", { Policy: "{" }, 400, "MalformedPolicyDocument"],
    [
      "with a policy of a bucket",
      { Policy: readPublic.replace('"Sid"', '"Principal":"*","Sid"') },
      400,
      "MalformedPolicyDocument",
    ],
    [
      "with a policy of unknown words",
      { Policy: readPublic.replace("s3:GetObject", "s3:Gett") },
      400,
      "MalformedPolicyDocument",
    ],
    ["with a policy that is too large", { Policy: " ".repeat(2049) }, 400, "PackedPolicyTooLarge"],
    ["with policies by name", { "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnly" }, 501, "NotImplemented"],
    ["with an external id", { ExternalId: "12345" }, 501, "NotImplemented"],
    ["with a code of a device", { SerialNumber: "x", TokenCode: "123456" }, 501, "NotImplemented"],
    ["with tags", { "Tags.member.1.Key": "a", "Tags.member.1.Value": "b" }, 501, "NotImplemented"],
    ["with a source identity", { SourceIdentity: "ann" }, 501, "NotImplemented"],
    ["with a parameter in another case", { policy: readPublic }, 501, "NotImplemented"],
  ])("is refused %s", async (_title, change, status, code) => {
    await refused(sts({ ...assumeRole, ...change }), status, code);
  });
});

describe("GetCallerIdentity", () => {
  test("says whose key it is, also of a session", async () => {
    for (const account of [ann, await session(), await session(assumeRole)]) {
      const answer = await sts({ Action: "GetCallerIdentity" }, { account });

      expect(answer.text).toContain("<GetCallerIdentityResult>");
      expect([answer.one("Arn"), answer.one("UserId"), answer.one("Account")]).toEqual([
        `arn:aws:iam::${ann.id}:user/ann`,
        ann.id,
        ann.id,
      ]);
    }
  });
});

describe("a call of STS", () => {
  test.each<[string, string, number, string]>([
    ["another version", "Version=2010-05-08&Action=GetSessionToken", 400, "InvalidAction"],
    ["no version", "Action=GetSessionToken", 400, "InvalidAction"],
    ["another action", "Version=2011-06-15&Action=AssumeRoleWithWebIdentity", 400, "InvalidAction"],
    ["an action of objects", "Version=2011-06-15&Action=toString", 400, "InvalidAction"],
    ["no body", "", 400, "ValidationError"],
    ["a parameter twice", "Version=2011-06-15&Action=GetSessionToken&Action=GetSessionToken", 400, "ValidationError"],
    [
      "a parameter twice, one escaped",
      "Version=2011-06-15&Action=GetCallerIdentity&%41ction=GetSessionToken",
      400,
      "ValidationError",
    ],
    ["a name alone", "Version=2011-06-15&Action=GetSessionToken&x", 400, "ValidationError"],
    ["a broken escape", "Version=2011-06-15&Action=GetSessionToken&DurationSeconds=%9", 400, "ValidationError"],
    [
      "bytes that are no UTF-8",
      "Version=2011-06-15&Action=GetSessionToken&DurationSeconds=%ff",
      400,
      "ValidationError",
    ],
    ["101 parameters", Array.from({ length: 101 }, (_, n) => `a${n}=`).join("&"), 400, "ValidationError"],
    ["a policy for GetSessionToken", `Version=2011-06-15&Action=GetSessionToken&Policy=x`, 501, "NotImplemented"],
  ])("is refused with %s", async (_title, body, status, code) => {
    await refused(sts(body), status, code);
  });

  test("is refused with more than 8 KiB, and taken with 8 KiB", async () => {
    const start = "Version=2011-06-15&Action=GetCallerIdentity&x=";
    const padding = "x".repeat(8 * 1024 - start.length);

    await refused(sts(`${start}${padding}`), 501, "NotImplemented");
    await refused(sts(`${start}${padding}x`), 400, "MaxMessageLengthExceeded");
  });

  test("is refused with parameters in its address", async () => {
    await refused(sts({ Action: "GetSessionToken" }, { path: "/?Action=GetSessionToken" }), 400, "ValidationError");
    await refused(sts("", { path: "/?Action=GetSessionToken&Version=2011-06-15" }), 400, "ValidationError");
  });

  test("is one only as a form: a POST of anything else is S3's to refuse", async () => {
    const answer = await sts({ Action: "GetSessionToken" }, { headers: { "content-type": "text/plain" } });

    expect([answer.status, answer.code, answer.text.includes("<ErrorResponse")]).toEqual([
      405,
      "MethodNotAllowed",
      false,
    ]);
  });
});

describe("security S27: no temporary key", () => {
  test("for who does not sign", async () => {
    await refused(sts({ Action: "GetSessionToken" }, { account: null }), 403, "MissingAuthenticationToken");
    await refused(sts(assumeRole, { account: null }), 403, "MissingAuthenticationToken");
    const web = { Action: "AssumeRoleWithWebIdentity", RoleArn: role, RoleSessionName: "x", WebIdentityToken: "a.b.c" };
    await refused(sts(web, { account: null }), 403, "MissingAuthenticationToken");
  });

  test.each<[string, StsCallOptions, number, string]>([
    [
      "with a wrong secret",
      { account: { ...ann, secretAccessKey: bob.secretAccessKey } },
      403,
      "SignatureDoesNotMatch",
    ],
    ["with an unknown key", { account: { ...ann, ...generateAccessKey() } }, 403, "InvalidClientTokenId"],
    ["with a token of nobody", { account: { ...ann, sessionToken: "x" } }, 403, "InvalidClientTokenId"],
    ["for another service", { service: "s3" }, 400, "IncompleteSignature"],
    ["for another region", { region: "eu-west-1" }, 400, "IncompleteSignature"],
    ["long ago", { signingDate: new Date(Date.now() - 16 * 60_000) }, 403, "SignatureDoesNotMatch"],
    ["but not the body", { payloadHash: "UNSIGNED-PAYLOAD" }, 403, "SignatureDoesNotMatch"],
  ])("for who signs %s", async (_title, options, status, code) => {
    await refused(sts({ Action: "GetSessionToken" }, options), status, code);
  });

  test("for who presigns, or sends what is presigned for S3", async () => {
    const presigned = await s3.presign({ method: "POST", path: "/" });
    const form = { ...presigned.headers, "content-type": "application/x-www-form-urlencoded" };
    const body = Buffer.from("Action=GetSessionToken&Version=2011-06-15");

    const headers = { ...form, "content-length": String(body.length) };
    await refused(s3.send({ ...presigned, headers, body }), 400, "IncompleteSignature");
  });

  test("for who changes a call on its way", async () => {
    const wire = await signStsCall(gateway, { ...assumeRole, Policy: readPublic });
    const change = (from: string, to: string) => Buffer.from(wire.body.toString().replace(from, to));
    const bodies = [
      change("AssumeRole", "GetCallerI"),
      change("public", "privat"),
      change(escapeText(role), escapeText(role.replace("self", "sElf"))),
      Buffer.from(`${wire.body}&x=1`),
      Buffer.alloc(0),
    ];

    for (const body of bodies) {
      const headers = { ...wire.headers, "content-length": String(body.length) };
      await refused(s3.send({ ...wire, headers, body }), 403, "SignatureDoesNotMatch");
    }
    await refused(s3.send({ ...wire, target: "/storage/v1/s3" }), 403, "SignatureDoesNotMatch");
    expect((await s3.send(wire)).status).toBe(200);
  });

  test("opens anything of S3 by a call that was signed for STS", async () => {
    const { headers } = await signStsCall(gateway, { Action: "GetSessionToken" });
    const body = Buffer.alloc(0);

    const answer = await s3.send({
      method: "GET",
      target: "/photos",
      headers: { ...headers, "content-length": "0" },
      body,
    });

    expect([answer.status, answer.code]).toEqual([400, "AuthorizationHeaderMalformed"]);
  });
});

describe("security S8: a temporary key", () => {
  test.each([
    ["a session", { Action: "GetSessionToken" }],
    ["a session of a role", assumeRole],
    ["a session with a policy", { ...assumeRole, Policy: readPublic }],
  ])("makes no further key: %s", async (_title, made) => {
    const account = await session(made);

    await refused(sts({ Action: "GetSessionToken" }, { account }), 403, "AccessDenied");
    await refused(sts(assumeRole, { account }), 403, "AccessDenied");
    await refused(sts({ ...assumeRole, Policy: readPublic }, { account }), 403, "AccessDenied");
  });

  test("of a key with limits has these, whatever its own policy says", { timeout: 30_000 }, async () => {
    const scope = { access: "read-only", on: { bucket: "photos", prefix: "public/" } };
    const parent = { ...ann, ...(await changeKeys(gateway, (keys) => keys.issue({ ownerId: ann.id, scope }))) };
    const everything = JSON.stringify({ Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } });
    const onlyCats = readPublic.replace("public/*", "public/cat");

    for (const made of [{ Action: "GetSessionToken" }, assumeRole, { ...assumeRole, Policy: everything }]) {
      const key = await session(made, parent);
      expect(await getByAll(key, "/photos/public/cat")).toEqual(new Set([200]));
      expect(await getByAll(key)).toEqual(new Set(["AccessDenied"]));
      const put = await s3.call({ method: "PUT", path: "/photos/public/dog", body: "dog", account: key });
      expect([put.status, await get("/photos/public/dog", ann)]).toEqual([403, "NoSuchKey"]);
    }
    await s3.call({ method: "PUT", path: "/photos/public/bird", body: "bird" });
    const narrow = await session({ ...assumeRole, Policy: onlyCats }, parent);
    expect(await getByAll(narrow, "/photos/public/cat")).toEqual(new Set([200]));
    expect(await getByAll(narrow, "/photos/public/bird")).toEqual(new Set(["AccessDenied"]));
  });

  test("is not used without its token, with another one, or with the secret of its parent", async () => {
    const key = await session();
    const other = await session();
    const { sessionToken: _, ...bare } = key;

    expect(await getByAll(bare)).toEqual(new Set(["InvalidAccessKeyId"]));
    expect(await getByAll({ ...key, sessionToken: other.sessionToken })).toEqual(new Set(["InvalidToken"]));
    expect(await getByAll({ ...key, secretAccessKey: ann.secretAccessKey })).toEqual(
      new Set(["SignatureDoesNotMatch"]),
    );
    expect(await getByAll({ ...ann, sessionToken: key.sessionToken })).toEqual(new Set(["InvalidToken"]));
    expect(await getByAll(key)).toEqual(new Set([200]));
  });

  test("is not widened by what it sends", async () => {
    const key = await session({ ...assumeRole, Policy: readPublic });
    const policy = JSON.stringify({
      Statement: { Effect: "Allow", Principal: "*", Action: "s3:*", Resource: "arn:aws:s3:::photos/*" },
    });

    const put = await s3.call({ method: "PUT", path: "/photos", query: { policy: "" }, body: policy, account: key });

    expect(put.status).toBe(403);
    expect((await s3.call({ path: "/photos", query: { policy: "" } })).code).toBe("NoSuchBucketPolicy");
  });
});

describe("security S14: session tokens", () => {
  test("outlive the rotation of the key they were made with", { timeout: 30_000 }, async () => {
    const parent = await issueKey();
    const key = await session(undefined, parent);
    expect(await getByAll(key)).toEqual(new Set([200]));

    const next = await changeKeys(gateway, (keys) => keys.rotate(parent.accessKeyId, { graceMs: 0 }));
    expect(await getByAll(parent)).toEqual(new Set(["InvalidAccessKeyId"]));
    expect(await getByAll(key)).toEqual(new Set([200]));

    await changeKeys(gateway, (keys) => keys.rotate(next.accessKeyId, { graceMs: 1000 }));
    await expect.poll(() => getByAll({ ...ann, ...next }), { timeout: 5000 }).toEqual(new Set(["InvalidAccessKeyId"]));
    expect(await getByAll(key)).toEqual(new Set([200]));
  });

  test("are dead in every process from the next request on when that key, or the one in its place, is revoked", {
    timeout: 30_000,
  }, async () => {
    const parent = await issueKey();
    const [first, second] = [await session(undefined, parent), await session(assumeRole, parent)];
    expect(await getByAll(first)).toEqual(new Set([200]));
    expect(await getByAll(second)).toEqual(new Set([200]));
    const rotated = await issueKey();
    const third = await session(undefined, rotated);
    const next = await changeKeys(gateway, (keys) => keys.rotate(rotated.accessKeyId, { graceMs: 0 }));
    expect(await getByAll(third)).toEqual(new Set([200]));

    await changeKeys(gateway, (keys) => keys.revoke(parent.accessKeyId));
    expect(await getByAll(first)).toEqual(new Set(["InvalidAccessKeyId"]));
    expect(await getByAll(second)).toEqual(new Set(["InvalidAccessKeyId"]));
    await changeKeys(gateway, (keys) => keys.revoke(next.accessKeyId));
    expect(await getByAll(third)).toEqual(new Set(["InvalidAccessKeyId"]));
    const leaked = await issueKey();
    const fourth = await session(undefined, leaked);
    await changeKeys(gateway, (keys) => keys.rotate(leaked.accessKeyId, { graceMs: 0 }));
    expect(await getByAll(fourth)).toEqual(new Set([200]));
    await changeKeys(gateway, (keys) => keys.revoke(leaked.accessKeyId));
    expect(await getByAll(fourth)).toEqual(new Set(["InvalidAccessKeyId"]));
  });

  test("do not outlive a key that ends, nor their own time", { timeout: 30_000 }, async () => {
    const expiresAt = new Date(Date.now() + 1500);
    const parent = { ...ann, ...(await changeKeys(gateway, (keys) => keys.issue({ ownerId: ann.id, expiresAt }))) };
    const answer = await sts({ Action: "GetSessionToken" }, { account: parent });
    expect(Date.parse(answer.one("Expiration") ?? "")).toBeLessThanOrEqual(expiresAt.getTime());

    const key = credentialsOf(answer);

    expect(await getByAll(key)).toEqual(new Set([200]));
    await expect.poll(() => getByAll(key), { timeout: 5000 }).toEqual(new Set(["ExpiredToken"]));
    await refused(sts({ Action: "GetCallerIdentity" }, { account: key }), 403, "ExpiredToken");
  });

  test("are made by nobody who knows a secret key: not with it, and not with the key file's", async () => {
    const key = await session();
    const [version, keyId, sealed = ""] = key.sessionToken.split(".");
    const flipped = `${sealed.slice(0, 40)}${sealed[40] === "A" ? "B" : "A"}${sealed.slice(41)}`;
    const envelope = await withTokens((_, { vault }) => vault.seal("[]", ["session_tokens", key.accessKeyId]));
    const forged = [
      `${version}.${keyId}.${flipped}`,
      `${version}.${"0".repeat(16)}.${sealed}`,
      `${version}.${keyId}.${Buffer.from(`["${ann.secretAccessKey}"]`.padEnd(64)).toString("base64url")}`,
      envelope,
      envelope.replace("sv1.", "st1."),
      Buffer.from(JSON.stringify({ accessKeyId: key.accessKeyId, parent: ann.accessKeyId })).toString("base64"),
      "x",
      "x".repeat(4000),
    ];

    for (const sessionToken of forged) {
      for (const secretAccessKey of [key.secretAccessKey, ann.secretAccessKey]) {
        expect(await getByAll({ ...key, secretAccessKey, sessionToken })).toEqual(new Set(["InvalidToken"]));
      }
    }
    await refused(sts(assumeRole, { account: { ...key, sessionToken: forged[0] ?? "" } }), 403, "InvalidClientTokenId");
  });

  test("outlive the rotation of their own key, and end with it when the old one is not kept", async () => {
    const first = await session();
    await withTokens((tokens) => tokens.rotateTokenKey());
    const second = await session();
    expect(second.sessionToken.split(".")[1]).not.toBe(first.sessionToken.split(".")[1]);
    expect(await getByAll(first)).toEqual(new Set([200]));
    expect(await getByAll(second)).toEqual(new Set([200]));

    await withTokens((tokens) => tokens.rotateTokenKey({ keepOld: false }));

    expect(await getByAll(first)).toEqual(new Set(["InvalidToken"]));
    expect(await getByAll(second)).toEqual(new Set(["InvalidToken"]));
    expect(await getByAll(ann)).toEqual(new Set([200]));
    expect(await getByAll(await session())).toEqual(new Set([200]));
  });
});

describe("security S12: the keys of session tokens", { timeout: 60_000 }, () => {
  test("are derived from nothing: without the key file that seals them the server does not start, and makes no other", async () => {
    const scratch = await mkdtemp(join(tmpdir(), "stave-sts-"));
    const dataDirectory = join(scratch, "data");
    const first = await startGateway({ dataDirectory, workers: 1 });
    const key = credentialsOf(await callSts(first, { Action: "GetSessionToken" }));
    await first.stop();
    const keyFile = join(dataDirectory, "encryption_key");
    await rename(keyFile, join(scratch, "moved"));

    await expect(startGateway({ dataDirectory, workers: 1 })).rejects.toThrow(`The key file ${keyFile} is missing`);
    expect(await readdir(dataDirectory)).not.toContain("encryption_key");

    await rename(join(scratch, "moved"), keyFile);
    const again = await startGateway({ dataDirectory, workers: 1 });
    expect((await createS3Client(again).call({ path: "/", account: key })).status).toBe(200);
    await again.stop();
    await rm(scratch, { recursive: true });
  });

  test("that do not open are not replaced: no session is issued, and none is taken", async () => {
    const other = await startGateway({ workers: 1 });
    try {
      const key = credentialsOf(await callSts(other, { Action: "GetSessionToken" }));
      const database = new DatabaseSync(join(other.dataDirectory, "control.sqlite"));
      database.exec(
        "update secret set envelope = substr(envelope, 1, length(envelope) - 4) || 'AAAA' where name like 'token-key/%'",
      );
      database.exec("update revision set value = value + 1");
      database.close();

      expect((await callSts(other, { Action: "GetSessionToken" })).code).toBe("InternalFailure");
      expect((await createS3Client(other).call({ path: "/", account: key })).status).toBe(500);
      expect((await createS3Client(other).call({ path: "/" })).status).toBe(200);
    } finally {
      await other.stop();
    }
  });
});
