// XML 1.0: https://www.w3.org/TR/xml/
import { malformedXml } from "../xml-error.ts";
import { decodeText } from "./decode-text.ts";

/** Every `<` counts. It bounds the tree that the parser will build: a node is far larger than its markup. */
export interface WellFormedLimits {
  readonly maxMarkup: number;
}

/**
 * Throws `MalformedXML` unless the text is one well-formed element, with nothing but white space and comments around it.
 *
 * fast-xml-parser accepts input that is not well-formed, and so does its validator (a second self-closing root, a
 * comment or CDATA section that never ends). What passes here is a subset of XML on which the two cannot disagree: no
 * document type, no processing instruction, only the predefined entities, ASCII names, no `>` in attribute values.
 */
export function checkWellFormed(xml: string, { maxMarkup }: WellFormedLimits): void {
  if (forbiddenCharacter.test(xml)) throw malformedXml("Expected no characters that XML forbids");
  const scan: Scan = { xml, open: [], hasRoot: false };
  let position = 0;
  for (let markup = 0; ; markup++) {
    const start = xml.indexOf("<", position);
    checkText(scan, xml.slice(position, start === -1 ? xml.length : start));
    if (start === -1) break;
    if (markup >= maxMarkup) throw malformedXml(`Expected at most ${maxMarkup} tags, comments and sections`);
    position = readMarkup(scan, start);
  }
  if (scan.open.length > 0) throw malformedXml("Expected every element to be closed");
  if (!scan.hasRoot) throw malformedXml("Expected a root element");
}

type Scan = { readonly xml: string; readonly open: string[]; hasRoot: boolean };

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const forbiddenCharacter = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

// S3 documents nest four deep at most.
const maxDepth = 8;

// A key is 1,024 bytes, at most 10 characters of reference each. Without a cap the parser, which collects text one
// character at a time, needs some 30 bytes of memory for each byte of one long text.
const maxTextLength = 16_384;

// Room for the namespace declarations that clients send, and a bound for the backtracking of the expressions below.
const maxTagLength = 1024;

function checkText({ open }: Scan, text: string): void {
  if (open.length === 0 && /[^ \t\r\n]/.test(text)) throw malformedXml("Expected no text outside the root element");
  if (text.length > maxTextLength) throw malformedXml(`Expected at most ${maxTextLength} characters between tags`);
  if (text.includes("]]>")) throw malformedXml("Expected no `]]>` in text");
  if (text.includes("&")) decodeText(text);
}

/** Returns the position after the markup that starts at `start`. */
function readMarkup(scan: Scan, start: number): number {
  const { xml, open } = scan;
  if (xml.startsWith("<!--", start)) return commentEnd(xml, start);
  if (xml.startsWith("<![CDATA[", start) && open.length > 0) return sectionEnd(xml, start);
  const end = xml.indexOf(">", start) + 1;
  if (end === 0 || end - start > maxTagLength)
    throw malformedXml(`Expected tags of at most ${maxTagLength} characters`);
  const tag = xml.slice(start, end);
  if (tag.startsWith("</")) closeElement(scan, tag);
  else openElement(scan, tag);
  return end;
}

function commentEnd(xml: string, start: number): number {
  const end = xml.indexOf("--", start + 4);
  if (end === -1 || xml[end + 2] !== ">") throw malformedXml("Expected comments to end with the first `--`");
  return end + 3;
}

function sectionEnd(xml: string, start: number): number {
  const end = xml.indexOf("]]>", start);
  if (end === -1) throw malformedXml("Expected every CDATA section to be closed");
  return end + 3;
}

function closeElement({ open }: Scan, tag: string): void {
  const name = endTag.exec(tag)?.[1];
  if (name === undefined || open.pop() !== name) throw malformedXml("Expected end tags to match their start tags");
}

function openElement(scan: Scan, tag: string): void {
  const [matched, name, attributes = "", slash] = startTag.exec(tag) ?? [];
  if (matched === undefined || name === undefined) {
    throw malformedXml("Expected only elements, text, comments and CDATA sections");
  }
  if (scan.open.length === 0 && scan.hasRoot) throw malformedXml("Expected one root element");
  if (scan.open.length >= maxDepth) throw malformedXml(`Expected elements to nest at most ${maxDepth} deep`);
  if (attributes !== "") checkAttributes(attributes);
  scan.hasRoot = true;
  if (slash === "") scan.open.push(name);
}

function checkAttributes(attributes: string): void {
  decodeText(attributes);
  const names = Array.from(attributes.matchAll(attribute), ([, name]) => name);
  if (new Set(names).size !== names.length) throw malformedXml("Expected attributes to have different names");
}

const name = "[A-Za-z_][\\w.-]*(?::[A-Za-z_][\\w.-]*)?";
const space = "[ \\t\\r\\n]";
const pair = `${space}+(${name})${space}*=${space}*(?:"[^"<]*"|'[^'<]*')`;
const attribute = new RegExp(pair, "g");
const startTag = new RegExp(`^<(${name})((?:${pair.replace("(", "(?:")})*)${space}*(/?)>$`);
const endTag = new RegExp(`^</(${name})${space}*>$`);
