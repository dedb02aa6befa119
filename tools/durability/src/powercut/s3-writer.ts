import { bodyOf, type Content } from "../content.ts";
import { type Action, type Address, type Ledger, nameOf, type Operation } from "../ledger.ts";
import { pathOf, type S3Answer, type S3Client, type S3Request } from "./s3-client.ts";
import { readCode } from "./s3-reader.ts";

/** What a write came to. */
export type Written = {
  readonly operation: Operation;
  readonly kind: "acknowledged" | "refused" | "failed";
  /** The status and the error's code, for people. */
  readonly answer: string;
  readonly etag: string;
  readonly versionId: string | undefined;
  /** What was to be copied, and the server says that it is not there. */
  readonly missingSource?: Address;
};

export type Condition = { readonly "if-none-match": "*" } | { readonly "if-match": string };

/** Writes over S3, with each operation in the ledger before its first byte is sent. */
export interface S3Writer {
  put(address: Address, options: { readonly sizeBytes: number; readonly condition?: Condition }): Promise<Written>;
  copy(address: Address, source: { readonly address: Address; readonly content: Content }): Promise<Written>;
  delete(address: Address): Promise<Written>;
  /** In parts of 5 MiB and a rest, then completed or aborted. */
  upload(address: Address, options: { readonly sizeBytes: number; readonly isAborted: boolean }): Promise<Written>;
}

/** The smallest part that is not the last. */
const partBytes = 5 * 1024 ** 2;

export function createS3Writer(client: S3Client, ledger: Ledger): S3Writer {
  const write = async (
    address: Address,
    { action, request }: { readonly action: Action; readonly request: (operation: Operation) => S3Request },
  ) => {
    const operation = ledger.begin(address, action);
    const sent = request(operation);
    const answer = await client.send(sent).catch(() => undefined);
    return settle(operation, answer, sent.headers?.["if-match"] !== undefined);
  };

  const settle = (operation: Operation, answer: S3Answer | undefined, isConditional = false): Written => {
    const status = answer?.status;
    const versionId = headerOf(answer, "x-amz-version-id");
    const etag = headerOf(answer, "etag") ?? /<ETag>([^<]+)<\/ETag>/.exec(answer?.body.toString() ?? "")?.[1] ?? "";
    const result = { operation, answer: nameAnswer(answer), etag: etag.replaceAll(/"|&quot;|&#34;/g, ""), versionId };
    if (answer !== undefined && isDone(answer)) {
      ledger.acknowledge(operation, versionId === undefined || versionId === "null" ? {} : { versionId });
      return { ...result, kind: "acknowledged" };
    }
    // 404 is S3's answer to If-Match on a key that is not there.
    if (status === 412 || (status === 404 && isConditional)) {
      ledger.refuse(operation);
      return { ...result, kind: "refused" };
    }
    ledger.fail(operation);
    return { ...result, kind: "failed" };
  };

  const bytesOf = (operation: Operation) =>
    operation.content === undefined ? Buffer.alloc(0) : bodyOf(ledger.seed, operation.content);

  return {
    put: (at, { sizeBytes, condition = {} }) =>
      write(at, {
        action: { kind: "put", sizeBytes },
        request: (operation) => ({ method: "PUT", at, headers: { ...condition }, body: bytesOf(operation) }),
      }),
    async copy(at, { address, content }) {
      const written = await write(at, {
        action: { kind: "copy", content },
        request: () => ({ method: "PUT", at, headers: { "x-amz-copy-source": pathOf(address) } }),
      });
      return written.answer === "404 NoSuchKey" ? { ...written, missingSource: address } : written;
    },
    delete: (at) => write(at, { action: { kind: "delete" }, request: () => ({ method: "DELETE", at }) }),
    async upload(at, { sizeBytes, isAborted }) {
      const operation = ledger.begin(at, { kind: "put", sizeBytes });
      const body = bytesOf(operation);
      let last: S3Answer | undefined;
      const step = async (request: Omit<S3Request, "at">) => {
        last = await client.send({ ...request, at });
        if (!isDone(last))
          throw new Error(`${nameOf(at)}: an upload was answered with ${last.status}${readCode(last.body)}`);
        return last;
      };
      let isCompleting = false;
      try {
        const created = await step({ method: "POST", query: { uploads: "" } });
        const uploadId = /<UploadId>([^<]+)</.exec(created.body.toString())?.[1] ?? "";
        const etags: string[] = [];
        for (let offset = 0; offset < sizeBytes; offset += partBytes) {
          const query = { partNumber: String(etags.length + 1), uploadId };
          const part = await step({ method: "PUT", query, body: body.subarray(offset, offset + partBytes) });
          etags.push(headerOf(part, "etag") ?? "");
        }
        if (isAborted) {
          await step({ method: "DELETE", query: { uploadId } });
          ledger.refuse(operation);
          return { operation, kind: "refused", answer: nameAnswer(last), etag: "", versionId: undefined };
        }
        isCompleting = true;
        await step({ method: "POST", query: { uploadId }, body: completion(etags) });
      } catch {
        // An upload that was never asked to be completed must not become visible.
        if (!isCompleting) {
          ledger.refuse(operation);
          return { operation, kind: "failed", answer: nameAnswer(last), etag: "", versionId: undefined };
        }
        if (last !== undefined && isDone(last)) last = undefined;
      }
      return settle(operation, last);
    },
  };
}

function nameAnswer(answer: S3Answer | undefined): string {
  return answer === undefined ? "no answer" : `${answer.status}${readCode(answer.body)}`;
}

/** CompleteMultipartUpload and CopyObject may answer 200 and say in the body that they have failed. */
function isDone({ status, body }: S3Answer): boolean {
  return status >= 200 && status < 300 && !(body.length > 0 && body.includes("<Error>"));
}

function headerOf(answer: S3Answer | undefined, name: string): string | undefined {
  const value = answer?.headers[name];
  return typeof value === "string" ? value : undefined;
}

function completion(etags: readonly string[]): string {
  const parts = etags.map((etag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
  return `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
}
