import { declaration, optionalElement, textElement } from "./xml-writer.ts";

/** An S3 error as the client sees it. */
export type ErrorDocument = {
  readonly code: string;
  readonly message: string;
  /** Elements after `Message`, in this order: `{ BucketName: "photos" }`. Names must be names of XML elements. */
  readonly details?: Readonly<Record<string, string>> | undefined;
  readonly resource?: string | undefined;
  readonly requestId: string;
  readonly hostId?: string | undefined;
};

/**
 * The body of an error answer: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 *
 * It has no namespace. Throws a `TypeError` when the name of a detail is no element name.
 */
export function writeError(error: ErrorDocument): string {
  let details = "";
  for (const [name, value] of Object.entries(error.details ?? {})) details += detailElement({ name, value });
  return `${declaration}<Error>${
    textElement("Code", error.code) +
    textElement("Message", error.message) +
    details +
    optionalElement("Resource", error.resource) +
    textElement("RequestId", error.requestId) +
    optionalElement("HostId", error.hostId)
  }</Error>`;
}

function detailElement({ name, value }: { readonly name: string; readonly value: string }): string {
  if (!elementName.test(name)) throw new TypeError(`Expected a detail to be named like an XML element, got ${name}`);
  return textElement(name, value);
}

const elementName = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
