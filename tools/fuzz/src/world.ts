import { createCorpus } from "./corpus.ts";
import { onProtected } from "./create-case.ts";
import { exchange } from "./exchange.ts";
import { FuzzError } from "./fuzz-error.ts";
import type { Identities, Identity } from "./identities.ts";
import {
  configurationBucket,
  host,
  lockBucket,
  type Model,
  type Names,
  objectBucket,
  openBucket,
  protectedBucket,
} from "./model.ts";
import { type Answer, readAnswers } from "./read-answers.ts";
import { type Recording, record, signAgain } from "./record.ts";
import { headerOf, toBytes, type WireRequest } from "./wire-request.ts";

/** Content of the protected bucket: whoever sees it has read what is not theirs. */
export const contentCanary = "CanaryContentOfTheProtectedBucket";

export type Recordings = Readonly<Record<Identity["name"], readonly [Recording, ...Recording[]]>>;

/** The buckets that requests are about, set up by good requests. */
export type World = {
  /** Brings back what mutated requests may have changed, and signs good requests of every operation. */
  prepare(): Promise<Recordings>;
  /** All there is to see of the protected bucket. */
  snapshot(): Promise<string>;
  call(
    identity: Identity,
    request: string,
    more?: Partial<Pick<WireRequest, "headers">> & { readonly body?: string },
  ): Promise<Answer>;
};

export function createWorld(
  port: number,
  { identities, now }: { readonly identities: Identities; readonly now: () => Date },
): World {
  const { owner, fuzz } = identities;
  const call: World["call"] = async (identity, text, { headers = [], body = "" } = {}) => {
    const [method = "", target = ""] = text.split(" ");
    const request = { method, target, headers: [["host", host] as const, ...headers], body: Buffer.from(body) };
    const signed = signAgain(request, { payload: "hashed", identity, at: now() });
    const outcome = await exchange([toBytes(signed)], {
      port,
      localAddress: "127.0.0.1",
      ending: { kind: "keep", answers: 1 },
      timeoutMs: 30_000,
    });
    const [answer] = readAnswers(outcome.received, [method]).answers;
    if (answer === undefined) throw new FuzzError(`No answer to a good request: ${text}`);
    return answer;
  };
  const must: World["call"] = async (...args) => {
    const answer = await call(...args);
    if (answer.status >= 300)
      throw new FuzzError(`A good request failed: ${args[1]}: ${answer.status} ${answer.body.slice(0, 300)}`);
    return answer;
  };

  let isProtectedReady = false;
  async function protect(): Promise<void> {
    if (isProtectedReady) return;
    isProtectedReady = true;
    await must(owner, `PUT /${protectedBucket}`);
    await must(owner, `PUT /${protectedBucket}?versioning`, { body: enabled });
    for (const key of ["secret.txt", "folder/other"]) {
      await must(owner, `PUT /${protectedBucket}/${key}`, {
        body: `${contentCanary} ${key}`,
        headers: [["x-amz-tagging", "a=1"]],
      });
    }
  }

  async function prepare(): Promise<Recordings> {
    await protect();
    for (const bucket of [objectBucket, configurationBucket, openBucket]) await call(fuzz, `PUT /${bucket}`);
    await call(fuzz, `PUT /${lockBucket}`, { headers: [["x-amz-bucket-object-lock-enabled", "true"]] });
    await must(fuzz, `PUT /${objectBucket}?versioning`, { body: enabled });
    for (const bucket of [objectBucket, configurationBucket, openBucket, lockBucket]) {
      for (const subresource of ["policy", "publicAccessBlock", "website", "cors", "encryption", "lifecycle"]) {
        await call(fuzz, `DELETE /${bucket}?${subresource}`);
      }
      await must(fuzz, `PUT /${bucket}/k`, { body: "0123456789" });
    }
    await must(fuzz, `PUT /${objectBucket}?publicAccessBlock`, { body: nothingPublic });
    for (const [subresource, body] of openSettings) await must(fuzz, `PUT /${openBucket}?${subresource}`, { body });
    for (const key of ["large", "gone", "put", "a%20b%2Bc/%C3%A9"])
      await must(fuzz, `PUT /${objectBucket}/${key}`, { body: "large ".repeat(2000) });
    return recordAll(await makeNames());
  }

  async function makeNames(): Promise<Names> {
    const upload = async (key: string) => {
      const { body } = await must(fuzz, `POST /${objectBucket}/${key}?uploads`);
      return /<UploadId>([^<]+)</.exec(body)?.[1] ?? "";
    };
    const [uploadId, uploadIdToAbort, uploadIdToComplete] = [
      await upload("multi"),
      await upload("abort"),
      await upload("complete"),
    ];
    const part = { body: "part one" };
    await must(fuzz, `PUT /${objectBucket}/multi?partNumber=1&uploadId=${uploadId}`, part);
    const done = await must(fuzz, `PUT /${objectBucket}/complete?partNumber=1&uploadId=${uploadIdToComplete}`, part);
    const head = await must(fuzz, `HEAD /${objectBucket}/k`);
    const partEtag = headerOf(done, "etag") ?? "";
    return {
      uploadId,
      uploadIdToAbort,
      uploadIdToComplete,
      partEtag,
      versionId: headerOf(head, "x-amz-version-id") ?? "",
    };
  }

  async function recordAll(names: Names): Promise<Recordings> {
    const at = now();
    const models = createCorpus(names);
    const all = async (identity: Identity, list: readonly Model[]) => {
      const [first, ...rest] = await Promise.all(list.map((model) => record(model, identity, at)));
      if (first === undefined) throw new FuzzError("There is nothing to send.");
      return [first, ...rest] as const;
    };
    const elsewhere = models.map(onProtected);
    // What a form may do is not said by its signature alone, and what is anonymous is nobody's.
    const signed = elsewhere.filter(({ auth }) => auth === "header" || auth === "query");
    return {
      fuzz: await all(fuzz, models),
      nobody: await all(identities.nobody, elsewhere),
      impostor: await all(identities.impostor, elsewhere),
      owner: await all(owner, signed),
    };
  }

  async function snapshot(): Promise<string> {
    const at = (subresource: string) => `GET /${protectedBucket}?${subresource}`;
    const key = `/${protectedBucket}/secret.txt`;
    const requests = [
      "GET /",
      ...[
        "versions",
        "uploads",
        "acl",
        "policy",
        "cors",
        "versioning",
        "lifecycle",
        "tagging",
        "website",
        "logging",
        "encryption",
      ].map(at),
      ...["ownershipControls", "publicAccessBlock", "notification", "replication", "object-lock", "requestPayment"].map(
        at,
      ),
      ...[key, `${key}?acl`, `${key}?tagging`, `/${protectedBucket}/folder/other`].map((target) => `GET ${target}`),
    ];
    const lines: string[] = [];
    for (const request of requests) {
      const { status, body } = await call(owner, request);
      lines.push(`${request} ${status} ${body.replace(/<(RequestId|HostId)>[^<]*</g, "<$1><")}`);
    }
    return lines.join("\n");
  }

  return { prepare, snapshot, call };
}

const enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
const nothingPublic =
  "<PublicAccessBlockConfiguration><IgnorePublicAcls>true</IgnorePublicAcls><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
const everybodyReads = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: "*",
      Action: ["s3:GetObject", "s3:ListBucket"],
      Resource: [`arn:aws:s3:::${openBucket}`, `arn:aws:s3:::${openBucket}/*`],
    },
  ],
});
const openSettings: readonly (readonly [string, string])[] = [
  ["policy", everybodyReads],
  [
    "cors",
    "<CORSConfiguration><CORSRule><AllowedOrigin>https://*.example.com</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>",
  ],
  [
    "website",
    "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>",
  ],
];
