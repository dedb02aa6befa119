// The enclosure of a form: https://www.rfc-editor.org/rfc/rfc7578#section-4.1
import { S3Error } from "../errors/s3-error.ts";
import { malformedForm } from "./malformed-form.ts";

/** At most 70 characters: https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1 A space may stand in quotes. */
const parameter = /;[ \t]*boundary=(?:"([\w'()+,./:=? -]{1,70})"|([\w'+.-]{1,70}))[ \t]*(?:;|$)/i;

/** What separates the parts of a form. Throws `PreconditionFailed` for a body of another kind, `MalformedPOSTRequest`. */
export function readBoundary(contentType = ""): string {
  if (!/^multipart\/form-data[ \t]*(?:;|$)/i.test(contentType)) {
    throw new S3Error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", {
      elements: { Condition: "Bucket POST must be of the enclosure-type multipart/form-data" },
    });
  }
  const match = parameter.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) throw malformedForm();
  return boundary;
}
