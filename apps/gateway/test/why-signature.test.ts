import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askWhy } from "./support/ask-why.ts";
import { createS3Client, type S3Answer, type S3Client, type WireRequest } from "./support/s3-client.ts";
import { type PassedHead, type SmallProxy, startSmallProxy } from "./support/small-proxy.ts";
import { ann, startGateway, type TestGateway } from "./support/start-gateway.ts";

let gateway: TestGateway;
let s3: S3Client;
const proxies: SmallProxy[] = [];
beforeAll(async () => {
  gateway = await startGateway({ args: ["--domains", "localhost,s3.example.com"] });
  s3 = createS3Client(gateway);
  await s3.call({ method: "PUT", path: "/photos" });
  await s3.call({ method: "PUT", path: "/photos/a%20b.jpg", body: "one" });
}, 60_000);
afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.close()));
  await gateway.stop();
});

async function through(change: (head: PassedHead) => PassedHead): Promise<S3Client> {
  const proxy = await startSmallProxy(gateway.port, change);
  proxies.push(proxy);
  return createS3Client(proxy);
}

const withHeaders = (headers: Record<string, string>) => (head: PassedHead) => ({
  ...head,
  headers: { ...head.headers, ...headers },
});
/** As nginx and others name the server behind them when nobody has told them what to say. */
const upstreamHost = () => ({ host: `127.0.0.1:${gateway.port}` });

const get = { path: "/photos/a%20b.jpg" };
const minutes = (count: number) => new Date(Date.now() + count * 60_000);

function changed(wire: WireRequest, headers: Readonly<Record<string, string>>): WireRequest {
  return { ...wire, headers: { ...wire.headers, ...headers } };
}

async function signedWith(service: string): Promise<WireRequest> {
  const wire = await s3.sign(get);
  const authorization = (wire.headers.authorization ?? "").replace("/s3/aws4_request", `/${service}/aws4_request`);
  return changed(wire, { authorization });
}

describe("`why` explains a broken signature", { timeout: 60_000 }, () => {
  test.each<[string, () => Promise<S3Answer>, number, string, RegExp]>([
    [
      "another region",
      () => s3.call({ ...get, region: "eu-west-1" }),
      400,
      "AuthorizationHeaderMalformed",
      /another region than "us-east-1": set its region/,
    ],
    [
      "a clock that is 20 minutes behind",
      () => s3.call({ ...get, signingDate: minutes(-20) }),
      403,
      "RequestTimeTooSkewed",
      /clock of the client is 1\d\d\d s behind this server's/,
    ],
    [
      "a clock that is 20 minutes ahead",
      () => s3.call({ ...get, signingDate: minutes(20) }),
      403,
      "RequestTimeTooSkewed",
      /clock of the client is 1\d\d\d s ahead of this server's/,
    ],
    [
      "a proxy that rewrites Host, and says so",
      async () => {
        const proxy = await through((head) =>
          withHeaders({ ...upstreamHost(), "x-forwarded-host": head.headers.host ?? "" })(head),
        );
        return proxy.call({ ...get, host: "files.example.org" });
      },
      403,
      "SignatureDoesNotMatch",
      /signed for the host "files\.example\.org", and a proxy sent "127\.0\.0\.1:\d+" on: let it keep the Host header/,
    ],
    [
      "a proxy that rewrites Host, of a server that knows its name",
      async () => (await through((head) => withHeaders(upstreamHost())(head))).call({ ...get, host: "s3.example.com" }),
      403,
      "SignatureDoesNotMatch",
      /signed for the host "s3\.example\.com"/,
    ],
    [
      "a proxy that rewrites Host, and nobody knows which it was",
      async () => {
        const proxy = await through((head) => withHeaders({ ...upstreamHost(), via: "1.1 proxy" })(head));
        return proxy.call({ ...get, host: "unknown.example.org" });
      },
      403,
      "SignatureDoesNotMatch",
      /came through a proxy and says "127\.0\.0\.1:\d+" as its host/,
    ],
    [
      "a proxy that strips a path prefix",
      async () => {
        const proxy = await through((head) => ({ ...head, target: head.target.replace("/storage/v1/s3", "") }));
        return proxy.call({ path: "/storage/v1/s3/photos/a%20b.jpg" });
      },
      403,
      "SignatureDoesNotMatch",
      /with "\/storage\/v1\/s3" before it, which a proxy removed/,
    ],
    [
      "a proxy that changes Accept-Encoding",
      async () => {
        const proxy = await through(withHeaders({ "accept-encoding": "zstd" }));
        return proxy.call({ ...get, headers: { "accept-encoding": "gzip, deflate" } });
      },
      403,
      "SignatureDoesNotMatch",
      /signed "Accept-Encoding: gzip, deflate", and a proxy sent "zstd" on/,
    ],
    [
      "a proxy that moves the bucket from the host into the path",
      async () => {
        const proxy = await through((head) => ({
          ...withHeaders({ host: "s3.example.com" })(head),
          target: `/photos${head.target}`,
        }));
        return proxy.call({ path: "/a%20b.jpg", host: "photos.s3.example.com" });
      },
      403,
      "SignatureDoesNotMatch",
      /bucket in the host name, and a proxy moved it into the path/,
    ],
    [
      "a proxy that adds a header",
      async () => (await through(withHeaders({ "x-amz-meta-trace": "1" }))).call(get),
      403,
      "AccessDenied",
      /came along without being signed: x-amz-meta-trace/,
    ],
    [
      "a proxy that removes a header",
      async () => {
        const proxy = await through(({ headers: { "x-trace": _, ...headers }, ...head }) => ({ ...head, headers }));
        return proxy.call({ ...get, headers: { "x-trace": "1" } });
      },
      403,
      "SignatureDoesNotMatch",
      /signed headers that did not arrive: x-trace/,
    ],
    [
      "a proxy that removes the date",
      async () => {
        const proxy = await through(({ headers: { "x-amz-date": _, ...headers }, ...head }) => ({ ...head, headers }));
        return proxy.call(get);
      },
      403,
      "AccessDenied",
      /no time of signing that can be read/,
    ],
    [
      "a path that was encoded twice before it was signed",
      async () => s3.send({ ...(await s3.sign({ path: "/photos/a%2520b.jpg" })), target: "/photos/a%20b.jpg" }),
      403,
      "SignatureDoesNotMatch",
      /escapes encoded once more/,
    ],
    [
      "another secret",
      () => s3.call({ ...get, account: { ...ann, secretAccessKey: "not-the-secret-of-ann-000000000000000000" } }),
      403,
      "SignatureDoesNotMatch",
      /secret access key of the client is probably another one/,
    ],
    [
      "the right secret with a line break",
      () => s3.call({ ...get, account: { ...ann, secretAccessKey: `${ann.secretAccessKey}\n` } }),
      403,
      "SignatureDoesNotMatch",
      /right secret access key, with a line break at its end/,
    ],
    [
      "a key that is not there",
      () => s3.call({ ...get, account: { ...ann, accessKeyId: "AKIANOBODY0000000000" } }),
      403,
      "InvalidAccessKeyId",
      /No access key of the name "AKIANOBODY0000000000" was ever made here/,
    ],
    [
      "a secret in place of the key id",
      () => s3.call({ ...get, account: { ...ann, accessKeyId: "wJalrXUtnFEMI0K7MDENG0bPxRfiCYEXAMPLEKEY" } }),
      403,
      "InvalidAccessKeyId",
      /the two halves of its key mixed up/,
    ],
    [
      "another service",
      async () => s3.send(await signedWith("execute-api")),
      400,
      "AuthorizationHeaderMalformed",
      /signs for the service "execute-api" and not for "s3"/,
    ],
    [
      "a credential of another day",
      async () => {
        const wire = await s3.sign(get);
        const authorization = (wire.headers.authorization ?? "").replace(/\/\d{8}\//, "/20200101/");
        return s3.send(changed(wire, { authorization }));
      },
      400,
      "AuthorizationHeaderMalformed",
      /day in the credential is not that of the date/,
    ],
    [
      "a presigned URL that has expired",
      async () => s3.send(await s3.presign({ ...get, signingDate: minutes(-10), expiresInSeconds: 60 })),
      403,
      "AccessDenied",
      /presigned URL was good until 20/,
    ],
    [
      "a presigned URL with a parameter added",
      async () => {
        const wire = await s3.presign(get);
        return s3.send({ ...wire, target: `${wire.target}&utm_source=mail` });
      },
      403,
      "SignatureDoesNotMatch",
      /parameter "utm_source" was added to the URL after it was signed/,
    ],
    [
      "a presigned URL of another method",
      async () => s3.send({ ...(await s3.presign(get)), method: "DELETE" }),
      403,
      "SignatureDoesNotMatch",
      /signed for GET and sent as DELETE/,
    ],
    [
      "a presigned URL that was cut off",
      async () => {
        const wire = await s3.presign(get);
        return s3.send({ ...wire, target: wire.target.replace(/&X-Amz-Signature=\w+/, "") });
      },
      400,
      "AuthorizationQueryParametersError",
      /only a part of its signature/,
    ],
    [
      "a presigned URL with an Authorization header",
      async () => {
        const wire = await s3.presign(get);
        const { headers } = await s3.sign(get);
        return s3.send(changed(wire, { authorization: headers.authorization ?? "" }));
      },
      400,
      "InvalidArgument",
      /signed twice, by a header and in its URL/,
    ],
    [
      "a body that was changed on the way",
      async () => {
        const payload = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
        const { body, ...wire } = await s3.sign({ method: "PUT", path: "/photos/b", body: "a body", payload });
        return s3.send({ ...wire, body: Buffer.from(body.toString("latin1").replace("a body", "A body"), "latin1") });
      },
      403,
      "SignatureDoesNotMatch",
      /signature of the request is right, and that of a chunk of its body is not/,
    ],
    [
      "Signature Version 2",
      () =>
        s3.call({
          ...get,
          account: null,
          headers: { date: new Date().toUTCString(), authorization: `AWS ${ann.accessKeyId}:c2lnbmF0dXJlc2lnbmF0dXJl` },
        }),
      400,
      "InvalidRequest",
      /Signature Version 2, which is not accepted/,
    ],
  ])("%s", async (_, send, status, code, hint) => {
    const answer = await send();
    const why = await askWhy(gateway, answer);

    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(why).toMatchObject({ status, code, requestId: answer.headers["x-amz-request-id"] });
    expect(why.hints[0]).toMatch(hint);
    expect(JSON.stringify(why)).not.toMatch(/ann-secret|wJalrXUtnFEMI/);
  });

  test("with the canonical request and the string to sign of this server beside what the client said", async () => {
    const wire = await s3.sign({ ...get, account: { ...ann, secretAccessKey: "another-secret" } });
    const { signature, headers } = await askWhy(gateway, await s3.send(wire));

    const claimed = /Signature=(\w{64})/.exec(wire.headers.authorization ?? "")?.[1] ?? "";
    const canonical = [
      "GET",
      "/photos/a%20b.jpg",
      "",
      `host:127.0.0.1:${gateway.port}`,
      `x-amz-content-sha256:${sha256("")}`,
      `x-amz-date:${wire.headers["x-amz-date"]}`,
      "",
      "host;x-amz-content-sha256;x-amz-date",
      sha256(""),
    ].join("\n");
    const day = wire.headers["x-amz-date"]?.slice(0, 8) ?? "";
    const scope = `${day}/us-east-1/s3/aws4_request`;
    expect(signature?.computed).toEqual({
      canonicalRequest: canonical,
      stringToSign: `AWS4-HMAC-SHA256\n${wire.headers["x-amz-date"]}\n${scope}\n${sha256(canonical)}`,
    });
    expect(signature?.claimed).toEqual({
      kind: "header",
      accessKeyId: ann.accessKeyId,
      scope,
      signedHeaders: ["host", "x-amz-content-sha256", "x-amz-date"],
      signature: claimed.slice(0, 8),
    });
    expect(JSON.stringify(headers)).not.toContain(claimed.slice(0, 9));
  });
});

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
