import { ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { Problem } from "../http/problem.ts";
import { unescapeListed } from "./object-path.ts";
import { toListed } from "./to-listed.ts";

export type SearchInput = {
  readonly bucket: string;
  readonly search: string;
  readonly prefix: string | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
};

/** S3 cannot search: a request looks at this many keys, and the next one goes on behind them. */
const maxPages = 10;

/** Objects whose key contains a text, whatever its case. */
export async function searchObjects(client: S3Client, { bucket, search, prefix, limit, cursor }: SearchInput) {
  const wanted = search.toLowerCase();
  const data: ReturnType<typeof toListed>[] = [];
  let after = cursor === undefined ? undefined : readCursor(cursor);
  for (let page = 0; page < maxPages; page += 1) {
    const { Contents = [], IsTruncated } = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, StartAfter: after, EncodingType: "url" }),
    );
    for (const entry of Contents) {
      const listed = toListed(entry);
      if (!listed.key.toLowerCase().includes(wanted)) continue;
      if (data.length === limit) return { data, prefixes: [], nextCursor: writeCursor(data.at(-1)?.key ?? "") };
      data.push(listed);
    }
    if (IsTruncated !== true) return { data, prefixes: [], nextCursor: null };
    after = unescapeListed(Contents.at(-1)?.Key);
  }
  return { data, prefixes: [], nextCursor: writeCursor(after ?? "") };
}

function writeCursor(after: string): string {
  return Buffer.from(after).toString("base64url");
}

function readCursor(cursor: string): string {
  const bytes = Buffer.from(cursor, "base64url");
  const text = bytes.toString();
  if (bytes.toString("base64url") === cursor && text !== "" && Buffer.from(text).equals(bytes)) return text;
  throw new Problem("INVALID_REQUEST", { detail: "The cursor is none that a search has answered." });
}
