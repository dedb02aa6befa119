import { childrenOf, textOf } from "../read-xml.ts";
import { nameOf, type S3Client } from "../s3-client.ts";
import { dateOf, nextPage, numberOf, readAnswer, unescapeListed, unquoted } from "./read-answer.ts";

export type ListedObject = {
  readonly key: string;
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  readonly storageClass: string | undefined;
};

export type ListObjectsInput = {
  readonly bucket: string;
  readonly prefix?: string | undefined;
  /** Keys that go on behind it are one common prefix. */
  readonly delimiter?: string | undefined;
  /** Exclusive. */
  readonly startAfter?: string | undefined;
  /** Of a page, at most 1,000. */
  readonly maxKeys?: number | undefined;
};

export type ObjectPage = { readonly objects: readonly ListedObject[]; readonly prefixes: readonly string[] };

/** ListObjectsV2, page by page, to the last one; in the order of the server, which is that of the bytes of the keys. */
export async function* listObjectPages(
  client: S3Client,
  input: ListObjectsInput,
): AsyncGenerator<ObjectPage, undefined> {
  const { bucket, prefix, delimiter, startAfter, maxKeys } = input;
  const what = nameOf({ bucket });
  for (let token: string | undefined; ; ) {
    const answer = await client.send({
      bucket,
      query: {
        "list-type": "2",
        "encoding-type": "url",
        prefix,
        delimiter,
        "start-after": token === undefined ? startAfter : undefined,
        "max-keys": maxKeys === undefined ? undefined : String(maxKeys),
        "continuation-token": token,
      },
    });
    const root = readAnswer(answer, "ListBucketResult", what);
    const encoding = textOf(root, "EncodingType");
    yield {
      objects: childrenOf(root, "Contents").map((object) => ({
        key: unescapeListed(textOf(object, "Key") ?? "", encoding),
        sizeBytes: numberOf(object, "Size"),
        etag: unquoted(textOf(object, "ETag")),
        lastModified: dateOf(object, "LastModified"),
        storageClass: textOf(object, "StorageClass"),
      })),
      prefixes: childrenOf(root, "CommonPrefixes").map((one) => unescapeListed(textOf(one, "Prefix") ?? "", encoding)),
    };
    token = nextPage(root, token, "NextContinuationToken", what);
    if (token === undefined) return;
  }
}

/** Every object below a prefix. */
export async function* listObjects(
  client: S3Client,
  input: Omit<ListObjectsInput, "delimiter">,
): AsyncGenerator<ListedObject, undefined> {
  for await (const { objects } of listObjectPages(client, input)) yield* objects;
}
