/** A key as it stands in a URL: each byte escaped that a careful client escapes, and slashes as they are. */
export function escapeKey(key: string): string {
  return key.split("/").map(escapeText).join("/");
}

/** One segment of a path: also what would otherwise be a segment `..` stays one key when its slashes are escaped. */
export function escapeText(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

export type ObjectAddress = { readonly bucket: string; readonly key: string; readonly versionId?: string | undefined };

/** `x-amz-copy-source` */
export function copySource({ bucket, key, versionId }: ObjectAddress): string {
  const path = `${bucket}/${escapeKey(key)}`;
  return versionId === undefined ? path : `${path}?versionId=${escapeText(versionId)}`;
}

/** A key of a list that was asked for with `EncodingType: "url"`: XML cannot hold every key. */
export function unescapeListed(text: string | undefined): string {
  return decodeURIComponent((text ?? "").replaceAll("+", " "));
}
