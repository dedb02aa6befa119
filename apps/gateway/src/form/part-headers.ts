// Headers of the parts of a form: https://www.rfc-editor.org/rfc/rfc7578#section-4.2
import { malformedForm } from "./malformed-form.ts";

export type PartHeaders = { readonly name: string; readonly fileName: string | undefined };

/** What `Content-Disposition` says of a part; its other headers mean nothing to S3. Throws `MalformedPOSTRequest`. */
export function readPartHeaders(lines: readonly Buffer[]): PartHeaders {
  let disposition: string | undefined;
  for (const line of lines) {
    const text = decodeUtf8(line);
    const colon = text.indexOf(":");
    if (colon < 1 || !token.test(text.slice(0, colon))) throw malformedForm();
    if (text.slice(0, colon).toLowerCase() !== "content-disposition") continue;
    if (disposition !== undefined) throw malformedForm();
    disposition = text.slice(colon + 1).trim();
  }
  const parameters = readParameters(disposition ?? "");
  const name = parameters.get("name");
  if (name === undefined) throw malformedForm();
  const extended = parameters.get("filename*");
  return { name, fileName: extended === undefined ? parameters.get("filename") : readExtended(extended) };
}

/** Strictly: what is no UTF-8 could not be compared with a policy. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw malformedForm(cause);
  }
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** One parameter, from where the one before ended: quoted, in which a backslash may stand before a quote, or a token. */
const nextParameter = /[ \t]*;[ \t]*([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s";]*))/y;

function readParameters(disposition: string): ReadonlyMap<string, string> {
  const kind = "form-data";
  if (disposition.slice(0, kind.length).toLowerCase() !== kind) throw malformedForm();
  const parameters = new Map<string, string>();
  nextParameter.lastIndex = kind.length;
  let at = kind.length;
  for (let match = nextParameter.exec(disposition); match !== null; match = nextParameter.exec(disposition)) {
    const [, name = "", quoted, plain = ""] = match;
    if (parameters.has(name.toLowerCase())) throw malformedForm();
    parameters.set(name.toLowerCase(), quoted === undefined ? plain : unescapeQuoted(quoted));
    at = nextParameter.lastIndex;
  }
  const rest = disposition.slice(at).trim();
  if (rest !== "" && rest !== ";") throw malformedForm();
  return parameters;
}

/** Browsers write `%22` for a quote, others `\"`. Any other backslash is one of a path that was sent whole. */
function unescapeQuoted(text: string): string {
  return text.replaceAll(/\\(["\\])/g, "$1").replaceAll("%22", '"');
}

/** `UTF-8''name`, as some clients send names that are not ASCII: https://www.rfc-editor.org/rfc/rfc8187#section-3.2.1 */
function readExtended(value: string): string {
  const match = /^utf-8'[\w-]*'([^']*)$/i.exec(value);
  try {
    return decodeURIComponent(match?.[1] ?? "%");
  } catch (cause) {
    throw malformedForm(cause);
  }
}
