import { setTimeout as delay } from "node:timers/promises";
import type { ListedVersion, Observation, StateReader } from "../state-reader.ts";
import type { S3Answer, S3Client, S3Request } from "./s3-client.ts";
import { elementsOf, parseDocument, textOf, type XmlElement } from "./s3-xml.ts";

/** Reads a server's state over S3. An error is believed only if it comes again, so that a slow start is not taken for damage. */
export function createS3Reader(client: S3Client, { attempts = 4, pauseMs = 250 } = {}): StateReader {
  // A server that is broken for good must not make every read wait.
  let retriesLeft = 200;
  const isLast = (attempt: number) => attempt >= attempts || retriesLeft <= 0;
  const send = async (request: S3Request): Promise<S3Answer> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await client.send(request);
        if (answer.status < 500 || isLast(attempt)) return answer;
      } catch (error) {
        if (isLast(attempt)) throw error;
      }
      retriesLeft -= 1;
      await delay(pauseMs);
    }
  };
  const read = (request: S3Request) => send(request).then(observe, failed);

  return {
    read: (at) => read({ method: "GET", at }),
    readVersion: (at, versionId) => read({ method: "GET", at, query: { versionId } }),
    async list(bucket) {
      const objects = [];
      let token: string | undefined;
      do {
        const query = { "list-type": "2", ...(token !== undefined && { "continuation-token": token }) };
        const page = readPage(await send({ method: "GET", at: { bucket }, query }), "ListBucketResult");
        if (page === undefined) return objects;
        objects.push(...elementsOf(page, "Contents").map(readObject));
        token = textOf(page, "IsTruncated") === "true" ? textOf(page, "NextContinuationToken") : undefined;
      } while (token !== undefined && token !== "");
      return objects;
    },
    async listVersions(bucket) {
      const versions: ListedVersion[] = [];
      let next: Record<string, string> | undefined = {};
      while (next !== undefined) {
        const answer = await send({ method: "GET", at: { bucket }, query: { versions: "", ...next } });
        const page = readPage(answer, "ListVersionsResult");
        if (page === undefined) return versions;
        versions.push(
          ...elementsOf(page, "Version").map((element) => readVersion(element, { isDeleteMarker: false })),
          ...elementsOf(page, "DeleteMarker").map((element) => readVersion(element, { isDeleteMarker: true })),
        );
        next = textOf(page, "IsTruncated") === "true" ? nextPage(page) : undefined;
      }
      return versions;
    },
  };
}

function observe({ status, headers, body }: S3Answer): Observation {
  if (status === 404) return { kind: "absent" };
  if (status !== 200) return { kind: "failed", reason: `GET answers ${status}${readCode(body)}` };
  const announced = headers["content-length"];
  if (announced !== undefined && Number(announced) !== body.length) {
    return { kind: "failed", reason: `GET brings ${body.length} of ${String(announced)} bytes` };
  }
  return { kind: "object", body, etag: String(headers.etag ?? "").replaceAll('"', "") };
}

function failed(error: unknown): Observation {
  return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
}

/** Undefined for a bucket that is not there: then nothing is. */
function readPage({ status, body }: S3Answer, root: string): XmlElement | undefined {
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`it answers ${status}${readCode(body)}`);
  return parseDocument(body, root);
}

export function readCode(body: Buffer): string {
  const code = /<Code>([^<]+)<\/Code>/.exec(body.toString())?.[1];
  return code === undefined ? "" : ` ${code}`;
}

function readObject(element: XmlElement) {
  return {
    key: textOf(element, "Key"),
    sizeBytes: Number(textOf(element, "Size")),
    etag: textOf(element, "ETag").replaceAll('"', ""),
  };
}

function readVersion(element: XmlElement, { isDeleteMarker }: { readonly isDeleteMarker: boolean }): ListedVersion {
  return {
    ...readObject(element),
    versionId: textOf(element, "VersionId"),
    isLatest: textOf(element, "IsLatest") === "true",
    isDeleteMarker,
  };
}

function nextPage(page: XmlElement): Record<string, string> {
  const versionId = textOf(page, "NextVersionIdMarker");
  return {
    "key-marker": textOf(page, "NextKeyMarker"),
    ...(versionId !== "" && { "version-id-marker": versionId }),
  };
}
