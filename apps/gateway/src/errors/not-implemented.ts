import { S3Error } from "./s3-error.ts";

/** What Stave does not do is refused before anything touches the store; it is never ignored. */
export function notImplemented(what: { readonly header?: string; readonly parameter?: string }): S3Error {
  const elements: Record<string, string> = {};
  if (what.header !== undefined) elements.Header = what.header;
  if (what.parameter !== undefined) elements.ParameterName = what.parameter;
  return new S3Error(
    "NotImplemented",
    "A header or a parameter you provided implies functionality that is not implemented.",
    {
      elements,
    },
  );
}
