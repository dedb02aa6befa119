// XML 1.0 without document types, which is how entities of one's own would come in: https://www.w3.org/TR/xml/
import { CliError } from "../../../command/cli-error.ts";

export type XmlElement = {
  /** Without the prefix of its namespace. */
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
};

type Open = { readonly tag: string; readonly name: string; text: string; readonly children: XmlElement[] };

/** Deeper than any setting is. */
const maxDepth = 16;

/** Everything that begins with `<`, in the order in which it is tried, or the text up to the next. */
const token =
  /<\?[^>]*\?>|<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([\w.:-]+)\s*>|<([\w.:-]+)(?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)>|([^<]+)/gy;

/** The one element of a document. Attributes are read over. Throws `Usage` for what is not well-formed. */
export function parseXml(source: string): XmlElement {
  const text = source.trim();
  const open: Open[] = [{ tag: "", name: "", text: "", children: [] }];
  let end = 0;
  for (const match of text.matchAll(token)) {
    end = match.index + match[0].length;
    const [, cdata, closed, opened, selfClosing, between] = match;
    const within = open.at(-1) ?? fail("");
    if (between !== undefined) within.text += resolveEntities(between);
    else if (cdata !== undefined) within.text += cdata;
    else if (closed !== undefined) close(open, closed);
    else if (opened !== undefined) {
      if (open.length > maxDepth) fail("it is nested too deeply");
      open.push({ tag: opened, name: opened.replace(/^.*:/, ""), text: "", children: [] });
      if (selfClosing === "/") close(open, opened);
    }
  }
  const [document, ...unclosed] = open;
  if (end !== text.length) fail(`there is something else than an element at character ${end + 1}`);
  if (unclosed.length > 0) fail(`<${unclosed.at(-1)?.tag}> is not closed`);
  const [root, ...others] = document?.children ?? [];
  if (root === undefined || others.length > 0 || document?.text.trim() !== "") fail("it has to be one element");
  return root ?? fail("it is empty");
}

function close(open: Open[], tag: string): void {
  const element = open.pop();
  const above = open.at(-1);
  if (element === undefined || above === undefined || element.tag !== tag) fail(`</${tag}> closes nothing`);
  else above.children.push({ name: element.name, text: element.text, children: element.children });
}

const entities: Readonly<Record<string, string>> = { amp: "&", apos: "'", gt: ">", lt: "<", quot: '"' };

function resolveEntities(text: string): string {
  return text.replace(/&([^;&]{0,10});?/g, (whole, name: string) => {
    const [, hex, decimal] = /^#(?:x([\da-f]{1,6})|(\d{1,7}))$/i.exec(name) ?? [];
    const code = hex !== undefined ? Number.parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : Number.NaN;
    if (code <= 0x10ffff && whole.endsWith(";")) return String.fromCodePoint(code);
    const known = whole.endsWith(";") && Object.hasOwn(entities, name) ? entities[name] : undefined;
    return known ?? fail(`there is no entity ${whole}`);
  });
}

function fail(why: string): never {
  throw new CliError("Usage", "The file is no XML that can be read.", { why: `${why}.` });
}
