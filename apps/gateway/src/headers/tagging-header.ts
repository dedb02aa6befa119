import { S3Error } from "../errors/s3-error.ts";
import { decodePercent } from "../http/decode-percent.ts";
import type { RequestHeaders } from "../http/request-headers.ts";
import { checkTags, toTagRecord } from "./tags.ts";

const header = "x-amz-tagging";

/**
 * The tags that `x-amz-tagging` gives an object, `k1=v1&k2=v2` as in a query; undefined when there are none.
 *
 * Throws `InvalidArgument` for what is not encoded so and for a key that comes twice, `BadRequest`, `InvalidTag`.
 */
export function readTaggingHeader(headers: RequestHeaders): Readonly<Record<string, string>> | undefined {
  const text = headers[header];
  if (text === undefined || text === "") return undefined;
  const tags = text.split("&").map((pair) => {
    const equals = pair.indexOf("=");
    return equals === -1
      ? { key: decode(pair, text), value: "" }
      : { key: decode(pair.slice(0, equals), text), value: decode(pair.slice(equals + 1), text) };
  });
  if (new Set(tags.map(({ key }) => key)).size < tags.length) throw invalid(text);
  checkTags(tags, "object");
  return toTagRecord(tags);
}

function decode(text: string, whole: string): string {
  try {
    return decodePercent(text.replaceAll("+", " "));
  } catch (cause) {
    throw invalid(whole, cause);
  }
}

function invalid(value: string, cause?: unknown): S3Error {
  return new S3Error(
    "InvalidArgument",
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    { cause, elements: { ArgumentName: header, ArgumentValue: value } },
  );
}
