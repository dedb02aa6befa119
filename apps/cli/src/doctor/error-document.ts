/** What is read of an error of S3, without trust in who has sent it. */
export type ErrorDocument = { readonly code: string; readonly message: string; readonly region?: string };

const maxText = 300;

/** Undefined: that was no error document of S3, so something else has answered. */
export function readErrorDocument(body: Buffer): ErrorDocument | undefined {
  const text = body.subarray(0, 64 * 1024).toString("utf8");
  if (!/<Error[\s>]/.test(text)) return undefined;
  const code = elementOf(text, "Code");
  if (code === undefined) return undefined;
  const region = elementOf(text, "Region");
  return { code, message: elementOf(text, "Message") ?? "", ...(region !== undefined && { region }) };
}

function elementOf(text: string, name: string): string | undefined {
  const from = text.indexOf(`<${name}>`);
  const to = from === -1 ? -1 : text.indexOf(`</${name}>`, from);
  if (to === -1) return undefined;
  return unescapeXml(text.slice(from + name.length + 2, to).slice(0, maxText));
}

function unescapeXml(text: string): string {
  const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => named[name] ?? "");
}
