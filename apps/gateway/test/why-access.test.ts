import { signPostPolicy } from "@stave/sigv4-verify";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { askWhy } from "./support/ask-why.ts";
import { changeKeys } from "./support/change-keys.ts";
import { createS3Client, md5, type S3Answer, type S3Client, type S3Request } from "./support/s3-client.ts";
import { ann, bob, startGateway, type TestGateway } from "./support/start-gateway.ts";

let gateway: TestGateway;
let s3: S3Client;
let bucket = "";
let buckets = 0;
beforeAll(async () => {
  gateway = await startGateway();
  s3 = createS3Client(gateway);
}, 60_000);
afterAll(() => gateway.stop());
beforeEach(async () => {
  buckets += 1;
  bucket = `why-${buckets}`;
  await done({ method: "PUT", path: `/${bucket}` });
  await done({ method: "PUT", path: `/${bucket}/a/1`, body: "one" });
});

async function done(request: S3Request): Promise<void> {
  const { status, text } = await s3.call(request);
  if (status >= 300) throw new Error(`Expected ${request.path} to succeed, got ${text}`);
}

/** Statements for everybody and everything in the bucket, unless they say otherwise. */
function putPolicy(...statements: readonly object[]): Promise<void> {
  const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  const Statement = statements.map((it) => ({ Effect: "Allow", Principal: "*", Resource, ...it }));
  const body = JSON.stringify({ Version: "2012-10-17", Statement });
  return done({ method: "PUT", path: `/${bucket}`, query: { policy: "" }, body });
}

function put(parameter: string, body: string): Promise<void> {
  const digest = Buffer.from(md5(body), "hex").toString("base64");
  return done({
    method: "PUT",
    path: `/${bucket}`,
    query: { [parameter]: "" },
    body,
    headers: { "content-md5": digest },
  });
}

const block = (name: string) =>
  put("publicAccessBlock", `<PublicAccessBlockConfiguration><${name}>true</${name}></PublicAccessBlockConfiguration>`);
const ownership = (name: string) =>
  put(
    "ownershipControls",
    `<OwnershipControls><Rule><ObjectOwnership>${name}</ObjectOwnership></Rule></OwnershipControls>`,
  );

const asBob = (request: Partial<S3Request> = {}) => s3.call({ path: `/${bucket}/a/1`, account: bob, ...request });
const asNobody = (request: Partial<S3Request> = {}) => s3.call({ path: `/${bucket}/a/1`, account: null, ...request });

describe("`why` explains who said no", { timeout: 60_000 }, () => {
  test.each<[string, () => Promise<S3Answer>, RegExp, object]>([
    [
      "nothing lets another account in",
      () => asBob(),
      /^Nothing allows s3:GetObject on why-\d+\/a\/1: the bucket belongs to "ann", "bob" is not that, it has no policy, and the ACL of the object does not grant READ\.$/,
      { by: "not-allowed", action: "s3:GetObject", bucketOwnerId: ann.id },
    ],
    [
      "nobody signed, and nothing is public",
      () => asNobody(),
      /nobody signed the request, it has no policy/,
      { by: "not-allowed", action: "s3:GetObject" },
    ],
    [
      "nobody signed what is for those who sign",
      async () => {
        await putPolicy({ Action: "s3:*" });
        return asNobody({ method: "POST", path: `/${bucket}/a/2`, query: { uploads: "" } });
      },
      /CreateMultipartUpload is for those who sign only, whatever a policy or an ACL says/,
      { by: "not-signed" },
    ],
    [
      "a list of buckets for nobody",
      () => asNobody({ path: "/" }),
      /ListBuckets is for those who sign only/,
      { by: "not-signed" },
    ],
    [
      "a Deny",
      async () => {
        await putPolicy({ Action: "s3:*" }, { Sid: "NoSecrets", Effect: "Deny", Action: "s3:GetObject" });
        return asBob();
      },
      /^Statement 2 \("NoSecrets"\) of the bucket's policy denies s3:GetObject on why-\d+\/a\/1, and a Deny wins/,
      {
        by: "policy",
        statements: [
          { statement: 0, effect: "Allow", applies: true },
          { statement: 1, sid: "NoSecrets", effect: "Deny", applies: true },
        ],
      },
    ],
    [
      "statements about something else",
      async () => {
        await putPolicy(
          { Sid: "Others", Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/b/*` },
          { Sid: "Writes", Action: "s3:PutObject" },
          { Sid: "Ann", Action: "s3:GetObject", Principal: { AWS: ann.id } },
        );
        return asBob();
      },
      /no statement of its policy allows it/,
      {
        by: "not-allowed",
        statements: [
          { sid: "Others", applies: false, mismatch: "Resource" },
          { sid: "Writes", applies: false, mismatch: "Action" },
          { sid: "Ann", applies: false, mismatch: "Principal" },
        ],
      },
    ],
    [
      "a condition that does not hold",
      async () => {
        const Condition = { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } };
        await putPolicy({ Sid: "Office", Action: "s3:GetObject", Condition });
        return asBob();
      },
      /no statement of its policy allows it/,
      {
        statements: [
          {
            sid: "Office",
            mismatch: "Condition",
            condition: { operator: "IpAddress", key: "aws:sourceip", values: ["127.0.0.1"] },
          },
        ],
      },
    ],
    [
      "RestrictPublicBuckets",
      async () => {
        await putPolicy({ Action: "s3:GetObject" });
        await block("RestrictPublicBuckets");
        return asBob();
      },
      /RestrictPublicBuckets of the public access block keeps that from all but the owner's account/,
      { by: "not-allowed", isRestricted: true },
    ],
    [
      "IgnorePublicAcls",
      async () => {
        const acl = { "x-amz-acl": "public-read" };
        await done({ method: "PUT", path: `/${bucket}/a/1`, body: "one", headers: acl });
        await block("IgnorePublicAcls");
        return asNobody();
      },
      /ACL of the object grants READ to everybody, and IgnorePublicAcls .* makes that void/,
      { by: "not-allowed", acl: { of: "object", permission: "READ", isIgnored: true } },
    ],
    [
      "BlockPublicAcls",
      async () => {
        await block("BlockPublicAcls");
        const acl = { "x-amz-acl": "public-read" };
        return s3.call({ method: "PUT", path: `/${bucket}/a/2`, body: "two", headers: acl });
      },
      /takes no ACL \(BlockPublicAcls\)/,
      { by: "public-access-block" },
    ],
    [
      "BlockPublicPolicy",
      async () => {
        await block("BlockPublicPolicy");
        const Resource = `arn:aws:s3:::${bucket}/*`;
        const body = JSON.stringify({
          Statement: { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource },
        });
        return s3.call({ method: "PUT", path: `/${bucket}`, query: { policy: "" }, body });
      },
      /no policy \(BlockPublicPolicy\) that lets everybody in/,
      { by: "public-access-block" },
    ],
    [
      "an object of somebody else in one's own bucket",
      async () => {
        await putPolicy({ Action: "s3:PutObject", Principal: { AWS: bob.id } });
        await done({ method: "PUT", path: `/${bucket}/bobs`, body: "two", account: bob });
        return s3.call({ path: `/${bucket}/bobs` });
      },
      /object belongs to "bob", who wrote it, and not to the bucket's owner "ann".*BucketOwnerEnforced/,
      { by: "not-allowed", objectOwnerId: bob.id },
    ],
    [
      "a missing key",
      async () => {
        await putPolicy({ Action: "s3:GetObject" });
        return asBob({ path: `/${bucket}/a/l` });
      },
      /There is no such object: look at the key/,
      { by: "hidden-key" },
    ],
    [
      "a version",
      async () => {
        await put("versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
        await putPolicy({ Action: "s3:GetObject" });
        return asBob({ query: { versionId: "null" } });
      },
      /Nothing allows s3:GetObjectVersion on/,
      { by: "not-allowed", action: "s3:GetObjectVersion", statements: [{ mismatch: "Action" }] },
    ],
    [
      "another owner than expected",
      () => s3.call({ path: `/${bucket}/a/1`, headers: { "x-amz-expected-bucket-owner": bob.id } }),
      /x-amz-expected-bucket-owner/,
      { by: "other-owner" },
    ],
    [
      "somebody else's object in a bucket that all may write to",
      async () => {
        const acl = { "x-amz-acl": "public-read-write" };
        await done({ method: "PUT", path: `/${bucket}`, query: { acl: "" }, headers: acl });
        return asBob({ method: "DELETE" });
      },
      /lets people delete what is their own, and this object belongs to "ann"/,
      { by: "object-of-another", action: "s3:DeleteObject" },
    ],
    [
      "the source of a copy",
      async () => {
        await putPolicy({ Action: "s3:PutObject" });
        const source = { "x-amz-copy-source": `${bucket}/a/1` };
        return asBob({ method: "PUT", path: `/${bucket}/copy`, headers: source });
      },
      /Nothing allows s3:GetObject on why-\d+\/a\/1/,
      { by: "not-allowed", action: "s3:GetObject" },
    ],
    [
      "ACLs that are off",
      async () => {
        await ownership("BucketOwnerEnforced");
        return asBob();
      },
      /and ACLs are off \(BucketOwnerEnforced\)/,
      { by: "not-allowed", ownership: "BucketOwnerEnforced" },
    ],
    [
      "an ACL with another owner",
      () => {
        const body = `<AccessControlPolicy><Owner><ID>${bob.id}</ID></Owner><AccessControlList/></AccessControlPolicy>`;
        return s3.call({ method: "PUT", path: `/${bucket}/a/1`, query: { acl: "" }, body });
      },
      /an ACL cannot give things away/,
      { by: "acl-of-another" },
    ],
  ])("%s", async (_, send, hint, access) => {
    const answer = await send();
    const why = await askWhy(gateway, answer);

    expect([answer.status, answer.code]).toEqual([403, "AccessDenied"]);
    expect(why.hints[0]).toMatch(hint);
    expect(why.access).toMatchObject(access);
  });

  test("which condition of a statement that was meant to allow it does not hold, and what to add", async () => {
    await putPolicy({
      Sid: "Office",
      Action: "s3:GetObject",
      Condition: { StringEquals: { "aws:UserAgent": "scanner" } },
    });

    const { hints } = await askWhy(gateway, await asBob({ headers: { "user-agent": "curl/8" } }));

    expect(hints.slice(1)).toEqual([
      'Statement 1 ("Office") would allow it, but for its condition StringEquals on aws:useragent: the request has "curl/8".',
      `To allow it, let "ann" add a statement with Effect Allow, Action s3:GetObject, Resource arn:aws:s3:::${bucket}/a/1 and Principal {"AWS": "${bob.id}"} to the bucket's policy.`,
    ]);
  });

  test("what else to allow when a key is missing", async () => {
    await putPolicy({ Action: "s3:GetObject" });

    const { hints } = await askWhy(gateway, await asBob({ path: `/${bucket}/a/l` }));

    expect(hints[1]).toMatch(`allow s3:ListBucket on arn:aws:s3:::${bucket} as well`);
  });

  test("a signed URL that lost its signature in a web page", async () => {
    const answer = await asNobody({ path: `/${bucket}/a/1?x-id=GetObject&amp;X-Amz-Signature=1&amp;X-Amz-Date=2` });

    expect((await askWhy(gateway, answer)).hints[1]).toMatch(/copied out of HTML or XML/);
  });

  test("a HEAD, which itself cannot say anything", async () => {
    const answer = await asBob({ method: "HEAD" });

    expect([answer.status, answer.text]).toEqual([403, ""]);
    expect((await askWhy(gateway, answer)).hints[0]).toMatch(/Nothing allows s3:GetObject/);
  });

  test("what a request as a whole was not refused for: the first key that stays", async () => {
    await putPolicy({ Action: "s3:DeleteObject", Resource: `arn:aws:s3:::${bucket}/b/*` });
    const body = "<Delete><Object><Key>b/1</Key></Object><Object><Key>a/1</Key></Object></Delete>";
    const headers = { "content-md5": Buffer.from(md5(body), "hex").toString("base64") };

    const answer = await asBob({ method: "POST", path: `/${bucket}`, query: { delete: "" }, body, headers });
    const why = await askWhy(gateway, answer);

    expect([answer.status, answer.all("Code")]).toEqual([200, ["AccessDenied"]]);
    expect(why).toMatchObject({ status: 403, operation: "DeleteObjects" });
    expect(why.hints[0]).toMatch(`Nothing allows s3:DeleteObject on ${bucket}/a/1`);
  });

  test("a lock", async () => {
    const locked = `${bucket}-locked`;
    const headers = { "x-amz-bucket-object-lock-enabled": "true" };
    await done({ method: "PUT", path: `/${locked}`, headers });
    const hold = {
      "x-amz-object-lock-legal-hold": "ON",
      "content-md5": Buffer.from(md5("one"), "hex").toString("base64"),
    };
    const stored = await s3.call({ method: "PUT", path: `/${locked}/a`, body: "one", headers: hold });
    const versionId = stored.headers["x-amz-version-id"] ?? "";

    const why = await askWhy(gateway, await s3.call({ method: "DELETE", path: `/${locked}/a`, query: { versionId } }));

    expect(why.hints[0]).toMatch(/under retention or a legal hold/);
  });
});

describe("`why` explains a key", { timeout: 60_000 }, () => {
  const issue = (more: { readonly scope?: object; readonly expiresAt?: Date } = {}) =>
    changeKeys(gateway, (keys) => keys.issue({ ownerId: ann.id, ...more }));
  const call = (key: { readonly accessKeyId: string; readonly secretAccessKey: string }, request: S3Request) =>
    s3.call({ ...request, account: { ...ann, ...key } });

  test("that is limited to something else, whatever its account may do", async () => {
    const key = await issue({ scope: { access: "read-only", on: { bucket } } });

    const answer = await call(key, { method: "PUT", path: `/${bucket}/a/2`, body: "two" });
    const why = await askWhy(gateway, answer);

    expect(answer.code).toBe("AccessDenied");
    expect(why.access).toMatchObject({ by: "key-limit", action: "s3:PutObject", resource: `${bucket}/a/2` });
    expect(why.hints[0]).toMatch(
      new RegExp(
        `^The key ${key.accessKeyId} is limited, and s3:PutObject on ${bucket}/a/2 is outside of what it may do`,
      ),
    );
    expect(why.hints[0]).toMatch(`: its scope is read-only on ${bucket}. What its account may do`);
    expect(why.access?.statements).toEqual([
      { statement: 0, sid: "ScopeReadOnly", effect: "Allow", applies: false, mismatch: "Action" },
    ]);
    expect(why).toMatchObject({ accessKeyId: key.accessKeyId, account: { id: ann.id, displayName: "ann" } });
  });

  test("that works from other networks only", async () => {
    const key = await issue({ scope: { access: "read-only", on: { bucket }, sourceNetworks: ["192.0.2.0/24"] } });

    const { hints } = await askWhy(gateway, await call(key, { path: `/${bucket}/a/1` }));

    expect(hints[0]).toMatch(
      `its statement 2 ("ScopeSourceNetworks") denies s3:GetObject on ${bucket}/a/1: its scope is read-only on ${bucket}, from 192.0.2.0/24.`,
    );
    expect(hints[1]).toBe("The request came from 127.0.0.1.");
  });

  test("that may not list all buckets", async () => {
    const key = await issue({ scope: { access: "read-only", on: { bucket } } });

    const why = await askWhy(gateway, await call(key, { path: "/" }));

    expect(why.access).toMatchObject({ by: "key-limit", action: "s3:ListAllMyBuckets" });
    expect(why.hints[0]).toMatch(/s3:ListAllMyBuckets is outside of what it may do/);
  });

  test("that was revoked", async () => {
    const key = await issue();
    await changeKeys(gateway, (keys) => keys.revoke(key.accessKeyId));

    const answer = await call(key, { path: `/${bucket}` });

    expect(answer.code).toBe("InvalidAccessKeyId");
    expect((await askWhy(gateway, answer)).hints[0]).toMatch(
      new RegExp(`^The access key ${key.accessKeyId} was revoked at \\d{4}-.*Z: give the client another one\\.$`),
    );
  });

  test("of a presigned URL that has expired", async () => {
    const key = await issue();
    await changeKeys(gateway, (keys) => keys.expire(key.accessKeyId, new Date(Date.now() - 1000)));
    const url = await s3.presign({ path: `/${bucket}/a/1`, account: { ...ann, ...key } });

    expect((await askWhy(gateway, await s3.send(url))).hints[0]).toMatch(
      /expired at .* A presigned URL ends with the key that made it\.$/,
    );
  });
});

describe("`why` explains a browser", { timeout: 60_000 }, () => {
  const boundary = "----Form";
  const post = (fields: Readonly<Record<string, string>>) => {
    const parts = Object.entries(fields).map(
      ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const file = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--${boundary}--\r\n`;
    const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
    return s3.call({ method: "POST", path: `/${bucket}`, account: null, headers, body: parts.join("") + file });
  };
  const signed = (options: { readonly secretAccessKey?: string; readonly expiresAt?: Date } = {}) => {
    const { secretAccessKey = ann.secretAccessKey, expiresAt = new Date(Date.now() + 600_000) } = options;
    const { accessKeyId } = ann;
    return signPostPolicy(
      { bucket, fields: { key: "up" }, expiresAt },
      { accessKeyId, secretAccessKey, region: "us-east-1" },
    );
  };

  test.each<[string, () => Promise<S3Answer>, string, RegExp]>([
    [
      "whose form has a field that its policy does not know",
      async () => post({ ...(await signed()), "x-amz-meta-more": "1" }),
      "AccessDenied",
      /what no condition of its policy covers: x-amz-meta-more/,
    ],
    [
      "whose form has another value",
      async () => post({ ...(await signed()), key: "elsewhere" }),
      "AccessDenied",
      /A field of the form is not as its policy demands .*\$key/,
    ],
    [
      "whose form is over",
      async () => post(await signed({ expiresAt: new Date(Date.now() - 1000) })),
      "AccessDenied",
      /The policy of the form is over/,
    ],
    [
      "whose form was signed with another secret",
      async () => post(await signed({ secretAccessKey: "another-secret" })),
      "SignatureDoesNotMatch",
      /signature of the form is not that of its policy field/,
    ],
    [
      "whose policy got line breaks",
      async () => {
        const { policy = "", ...fields } = await signed();
        return post({ ...fields, policy: policy.replaceAll(/(.{60})/g, "$1\n") });
      },
      "SignatureDoesNotMatch",
      /Line breaks came into the policy field/,
    ],
    [
      "whose form nobody signed",
      () => post({ key: "up" }),
      "AccessDenied",
      /Nothing allows s3:PutObject on .*nobody signed/,
    ],
    [
      "whose origin no rule allows",
      async () => {
        const rule = (method: string, origin: string) =>
          `<CORSRule><AllowedMethod>${method}</AllowedMethod><AllowedOrigin>${origin}</AllowedOrigin></CORSRule>`;
        const rules = rule("GET", "https://a.example") + rule("PUT", "https://b.example");
        await put("cors", `<CORSConfiguration>${rules}</CORSConfiguration>`);
        const headers = { origin: "https://a.example", "access-control-request-method": "PUT" };
        return asNobody({ method: "OPTIONS", headers });
      },
      "AccessForbidden",
      /No CORS rule of the bucket allows PUT from "https:\/\/a\.example"/,
    ],
  ])("%s", async (_, send, code, hint) => {
    const answer = await send();
    const why = await askWhy(gateway, answer);

    expect(answer.code).toBe(code);
    expect(why.hints[0]).toMatch(hint);
    if (code === "AccessForbidden") {
      expect(why.hints.slice(1, 3)).toEqual([
        "Rule 1 has no AllowedMethod that fits.",
        "Rule 2 has no AllowedOrigin that fits.",
      ]);
    }
  });
});
