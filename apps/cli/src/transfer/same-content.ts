import { headObject } from "../s3/operations/head-object.ts";
import type { Entry } from "./list-tree.ts";
import { fileChecksum, fileMd5, isFileOf, isMd5, wholeChecksum } from "./verify-file.ts";

/** `checksum`: sizes, then checksums. `size`: sizes alone. */
export type Comparison = "checksum" | "size";

type ObjectPlaceOf = Extract<Entry["place"], { readonly kind: "object" }>;

/** MD5s of files that were computed before, by path and state: who watches a directory need not read all of it each time. */
export type KnownSums = Map<string, { readonly state: string; readonly md5: string }>;

export type SameOptions = {
  readonly how: Comparison;
  readonly signal: AbortSignal;
  readonly known: KnownSums | undefined;
};

/** Whether two have the same content. Where servers offer nothing to tell it by, they have not. */
export async function isSameContent(left: Entry, right: Entry, options: SameOptions): Promise<boolean> {
  if (left.sizeBytes !== right.sizeBytes) return false;
  if (options.how === "size") return true;
  if (left.place.kind === "object" && right.place.kind === "object") return await sameObjects(left.place, right.place);
  if (left.place.kind === "file" && right.place.kind === "file") {
    const [a, b] = [left.place.path, right.place.path];
    const [ofA, ofB] = [
      await fileChecksum(a, "crc64nvme", options.signal),
      await fileChecksum(b, "crc64nvme", options.signal),
    ];
    return ofA === ofB;
  }
  const [file, object] = left.place.kind === "file" ? [left, right] : [right, left];
  return await sameFile(file, object, options);
}

async function sameFile(file: Entry, object: Entry, { signal, known }: SameOptions): Promise<boolean> {
  const { place } = object;
  if (place.kind !== "object" || file.place.kind !== "file") return false;
  const { path } = file.place;
  const { etag = "" } = place;
  if (isMd5(etag)) {
    const before = known?.get(path);
    const md5 = before !== undefined && before.state === file.state ? before.md5 : await fileMd5(path, signal);
    if (file.state !== undefined) known?.set(path, { state: file.state, md5 });
    if (md5 === etag) return true;
  }
  // The ETag of what is encrypted, or was put together from parts, is no MD5 of it.
  const head = await headObject(place.client, place);
  if (isMd5(head.etag) && wholeChecksum(head) === undefined) return false;
  return (await isFileOf(path, head, place, signal)) === true;
}

async function sameObjects(left: ObjectPlaceOf, right: ObjectPlaceOf): Promise<boolean> {
  if (left.etag !== undefined && left.etag !== "" && left.etag === right.etag) return true;
  // Those of parts and of what is encrypted differ for the same bytes: a checksum tells.
  const [a, b] = await Promise.all([headObject(left.client, left), headObject(right.client, right)]);
  const [ofA, ofB] = [wholeChecksum(a), wholeChecksum(b)];
  return ofA !== undefined && ofB !== undefined && ofA.name === ofB.name && ofA.value === ofB.value;
}
