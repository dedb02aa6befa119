import { SignatureError } from "./signature-error.ts";

/** A request's headers, read once. */
export interface RequestHeaders {
  /** By lower-case name; values trimmed, those of a repeated header joined with `,` in order of arrival. */
  readonly values: ReadonlyMap<string, string>;
  /** The names that start with `x-amz-`, each once. */
  readonly amzNames: readonly string[];
}

export function readHeaders(rawHeaders: readonly string[]): RequestHeaders {
  if (rawHeaders.length > 2 * MAX_HEADERS) {
    throw new SignatureError("RequestHeaderSectionTooLarge", `Your request has more than ${MAX_HEADERS} headers`);
  }
  const values = new Map<string, string>();
  const amzNames: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    const value = trimBlanks(rawHeaders[index + 1] ?? "");
    const earlier = values.get(name);
    if (earlier === undefined) {
      values.set(name, value);
      if (name.startsWith("x-amz-")) amzNames.push(name);
    } else if (name === "authorization") {
      // Joined like other headers, two claims could be read as one.
      throw new SignatureError("InvalidArgument", "Only one Authorization header is allowed", {
        details: { ArgumentName: "Authorization" },
      });
    } else {
      values.set(name, `${earlier},${value}`);
    }
  }
  return { values, amzNames };
}

// Bounds the work for requests that nobody has authenticated yet.
const MAX_HEADERS = 100;

// Not `trim()`: it also takes the byte A0, which ends the UTF-8 form of letters such as `à`.
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
