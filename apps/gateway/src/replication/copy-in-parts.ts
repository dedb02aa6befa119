import type { OpenObject, OpenObjectPart } from "@stave/object-store";
import { createMd5 } from "@stave/s3-checksum";
import { checksumHeader } from "../body/checksum-headers.ts";
import { quote, unquote } from "../headers/object-headers.ts";
import { elementOf, expectSuccess, type RemoteObject } from "./remote-object.ts";

type SentPart = { readonly partNumber: number; readonly etag: string; readonly checksum: OpenObjectPart["checksum"] };

/** Copies a multipart object in the parts that it was uploaded in, so that the etag of the copy is the same. */
export async function copyInParts(
  open: OpenObject,
  headers: Readonly<Record<string, string>>,
  remote: RemoteObject,
): Promise<void> {
  const { etag, checksum } = open.version;
  const created = await remote.send({
    method: "POST",
    query: { uploads: "" },
    isReplica: true,
    headers: {
      ...headers,
      ...(checksum !== undefined && {
        "x-amz-checksum-algorithm": checksum.algorithm,
        "x-amz-checksum-type": checksum.type,
      }),
    },
  });
  expectSuccess(created);
  const uploadId = elementOf(created, "UploadId");
  try {
    const parts = await sendParts(open, uploadId, remote);
    const completed = await remote.send({
      method: "POST",
      query: { uploadId },
      isReplica: true,
      body: asBody(writeCompletion(parts)),
    });
    expectSuccess(completed);
    const written = unquote(elementOf(completed, "ETag"));
    if (written !== etag) throw new Error(`The remote has stored something else: its etag is ${written}, not ${etag}`);
  } catch (error) {
    // What was sent costs room there. When the remote is away, its own rules have to end the upload.
    await remote.send({ method: "DELETE", query: { uploadId } }).catch(() => {});
    throw error;
  }
}

async function sendParts(open: OpenObject, uploadId: string, remote: RemoteObject): Promise<readonly SentPart[]> {
  const parts: SentPart[] = [];
  const { partsCount = 0 } = open.version;
  // Numbers may have gaps.
  for (let partNumber = 1; parts.length < partsCount; partNumber += 1) {
    if (partNumber > 10_000) throw new Error("The object has fewer parts than it says");
    const part = await open.part(partNumber);
    if (part !== undefined) parts.push(await sendPart(open, { partNumber, uploadId, part }, remote));
  }
  return parts;
}

async function sendPart(
  open: OpenObject,
  {
    partNumber,
    uploadId,
    part,
  }: { readonly partNumber: number; readonly uploadId: string; readonly part: OpenObjectPart },
  remote: RemoteObject,
): Promise<SentPart> {
  const { range, checksum } = part;
  const md5 = createMd5();
  const answer = await remote.send({
    method: "PUT",
    query: { partNumber: String(partNumber), uploadId },
    headers: checksum === undefined ? {} : { [checksumHeader(checksum.algorithm)]: checksum.value },
    body:
      range === undefined
        ? asBody("")
        : { bytes: hashed(open.read(range), md5.update), sizeBytes: range.last - range.first + 1 },
  });
  expectSuccess(answer);
  const sent = md5.digest().hex;
  const etag = unquote(answer.headers.etag ?? "");
  if (etag !== sent) throw new Error(`The remote has stored something else as part ${partNumber}`);
  return { partNumber, etag, checksum };
}

async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  update: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    update(chunk);
    yield Buffer.from(chunk); // it is overwritten when the next one is read
  }
}

function writeCompletion(parts: readonly SentPart[]): string {
  const elements = parts.map(({ partNumber, etag, checksum }) => {
    const value =
      checksum === undefined ? "" : `<Checksum${checksum.algorithm}>${checksum.value}</Checksum${checksum.algorithm}>`;
    return `<Part><PartNumber>${partNumber}</PartNumber><ETag>${quote(etag)}</ETag>${value}</Part>`;
  });
  return `<CompleteMultipartUpload>${elements.join("")}</CompleteMultipartUpload>`;
}

function asBody(text: string) {
  const bytes = Buffer.from(text);
  return { bytes, sizeBytes: bytes.length };
}
