import { textOf } from "../read-xml.ts";
import { nameOf, type S3Client } from "../s3-client.ts";
import type { ListObjectsInput } from "./list-objects.ts";
import { dateOf, nextPage, numberOf, readAnswer, unescapeListed, unquoted } from "./read-answer.ts";

export type ListedVersion = {
  readonly key: string;
  /** `null` of what was stored without versioning. */
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly isDeleteMarker: boolean;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly lastModified: Date;
  readonly storageClass: string | undefined;
};

export type VersionPage = { readonly versions: readonly ListedVersion[]; readonly prefixes: readonly string[] };

/** ListObjectVersions, page by page: the versions of a key newest first. */
export async function* listVersionPages(
  client: S3Client,
  { bucket, prefix, delimiter, maxKeys }: Omit<ListObjectsInput, "startAfter">,
): AsyncGenerator<VersionPage, undefined> {
  const what = nameOf({ bucket });
  let keyMarker: string | undefined;
  let versionMarker: string | undefined;
  for (;;) {
    const answer = await client.send({
      bucket,
      query: {
        versions: "",
        "encoding-type": "url",
        prefix,
        delimiter,
        "max-keys": maxKeys === undefined ? undefined : String(maxKeys),
        "key-marker": keyMarker,
        "version-id-marker": versionMarker,
      },
    });
    const root = readAnswer(answer, "ListVersionsResult", what);
    const encoding = textOf(root, "EncodingType");
    const entries = root.children.filter(({ name }) => name === "Version" || name === "DeleteMarker");
    yield {
      versions: entries.map((entry) => ({
        key: unescapeListed(textOf(entry, "Key") ?? "", encoding),
        versionId: textOf(entry, "VersionId") ?? "null",
        isLatest: textOf(entry, "IsLatest") === "true",
        isDeleteMarker: entry.name === "DeleteMarker",
        sizeBytes: numberOf(entry, "Size"),
        etag: unquoted(textOf(entry, "ETag")),
        lastModified: dateOf(entry, "LastModified"),
        storageClass: textOf(entry, "StorageClass"),
      })),
      prefixes: root.children
        .filter(({ name }) => name === "CommonPrefixes")
        .map((one) => unescapeListed(textOf(one, "Prefix") ?? "", encoding)),
    };
    const position = `${keyMarker ?? ""}\0${versionMarker ?? ""}`;
    const nextKey = nextPage(root, undefined, "NextKeyMarker", what);
    if (nextKey === undefined) return;
    keyMarker = unescapeListed(nextKey, encoding);
    versionMarker = textOf(root, "NextVersionIdMarker") || undefined;
    if (`${keyMarker}\0${versionMarker ?? ""}` === position) nextPage(root, nextKey, "NextKeyMarker", what);
  }
}

export async function* listVersions(
  client: S3Client,
  input: Omit<ListObjectsInput, "startAfter" | "delimiter">,
): AsyncGenerator<ListedVersion, undefined> {
  for await (const { versions } of listVersionPages(client, input)) yield* versions;
}
