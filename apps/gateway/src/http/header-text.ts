import { validateHeaderName, validateHeaderValue } from "node:http";
import { S3Error } from "../errors/s3-error.ts";

/**
 * A value as a header would have brought it: UTF-8, one character a byte. What no header can carry could not be sent back as
 * metadata either: `InvalidArgument`.
 */
export function headerText(name: string, value: string): string {
  const text = Buffer.from(value).toString("latin1");
  try {
    validateHeaderName(name);
    validateHeaderValue(name, text);
    return text;
  } catch (cause) {
    throw new S3Error("InvalidArgument", "A value that stands for a header holds characters that none can carry.", {
      cause,
      elements: { ArgumentName: name },
    });
  }
}
