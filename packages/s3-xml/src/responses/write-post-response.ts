import { declaration, etagElement, textElement } from "./xml-writer.ts";

/** The object that a browser form uploaded. */
export type PostResponse = {
  /** The object's address as the client reaches it. */
  readonly location: string;
  readonly bucket: string;
  readonly key: string;
  /** Without quotes. */
  readonly etag: string;
};

/**
 * The answer of a POST upload that asked for `success_action_status` 201:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
 *
 * It has no namespace.
 */
export function writePostResponse({ location, bucket, key, etag }: PostResponse): string {
  return `${declaration}<PostResponse>${
    textElement("Location", location) + textElement("Bucket", bucket) + textElement("Key", key) + etagElement(etag)
  }</PostResponse>`;
}
