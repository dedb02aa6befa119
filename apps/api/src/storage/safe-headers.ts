import type { GetObjectCommandOutput, HeadObjectCommandOutput } from "@aws-sdk/client-s3";

/** What browsers show, and cannot run. Anything else is sent as a download: HTML, SVG, scripts, XML, and what nobody has heard of. */
const shown =
  /^(?:image\/(?:png|jpeg|gif|webp|avif|bmp)|(?:audio|video)\/[\w.+-]+|text\/plain|application\/json)(?:[ \t]*;.*)?$/i;

export function isSafeToShow(contentType: string | undefined): boolean {
  return contentType !== undefined && shown.test(contentType);
}

type Read = HeadObjectCommandOutput | GetObjectCommandOutput;

/**
 * The headers with which bytes that anybody may have stored are sent from the address of the control plane, where the dashboard is: nothing in
 * them runs here, whatever they say they are.
 */
export function safeHeaders(key: string, object: Read): Record<string, string> {
  const { ContentType, ContentDisposition, ETag, LastModified, ContentLength, ContentRange, VersionId } = object;
  const mayShow = isSafeToShow(ContentType);
  return definedOnly({
    "content-type": ContentType ?? "application/octet-stream",
    "content-disposition": mayShow ? ContentDisposition : attachment(key),
    "content-encoding": object.ContentEncoding || undefined,
    "content-language": object.ContentLanguage,
    "content-length": ContentLength === undefined ? undefined : String(ContentLength),
    "content-range": ContentRange,
    "accept-ranges": "bytes",
    etag: ETag,
    "last-modified": LastModified?.toUTCString(),
    "x-amz-version-id": VersionId,
    "cache-control": "private, no-cache",
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
  });
}

/** https://www.rfc-editor.org/rfc/rfc6266, with a name that clients without its extension understand. */
export function attachment(key: string): string {
  const name = key.split("/").findLast((part) => part !== "") ?? "download";
  const plain = name.replaceAll(/[^\w.() -]/g, "_").slice(0, 200);
  const full = encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${full}`;
}

function definedOnly(headers: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
