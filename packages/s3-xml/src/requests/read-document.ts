import { XMLParser } from "fast-xml-parser";
import { malformedXml, XmlError } from "../xml-error.ts";
import { checkWellFormed } from "./check-well-formed.ts";
import { decodeText } from "./decode-text.ts";
import { removeDeclaration } from "./remove-declaration.ts";
import type { XmlElement } from "./xml-element.ts";

/** For all readers of this package. */
export interface ParseOptions {
  /** More bytes than this are `MaxMessageLengthExceeded`. The default of each reader is an exported constant. */
  readonly maxBytes?: number;
}

/** The default cap of configuration documents: 64 KiB. */
export const maxConfigurationBytes = 65_536;

/** More tags than any configuration within {@link maxConfigurationBytes} needs; those with a larger cap have their own. */
const maxConfigurationMarkup = 10_000;

type ReadConfigurationOptions = ParseOptions & { readonly root: string; readonly maxMarkup?: number };

/** As {@link readDocument}, with the caps of configuration documents. */
export function readConfiguration(bytes: Uint8Array, options: ReadConfigurationOptions): XmlElement {
  // Defaults, not a spread: a `maxBytes` of undefined, which plain JavaScript can pass, must not lift the cap.
  const { root, maxBytes = maxConfigurationBytes, maxMarkup = maxConfigurationMarkup } = options;
  return readDocument(bytes, { root, maxBytes, maxMarkup });
}

type ReadDocumentOptions = { readonly root: string; readonly maxBytes: number; readonly maxMarkup: number };

/**
 * Reads a document whose root has the local name `root`, in any namespace or none.
 *
 * Throws `MaxMessageLengthExceeded` before it looks at a byte, `MalformedXML` for everything else.
 */
export function readDocument(bytes: Uint8Array, { root, maxBytes, maxMarkup }: ReadDocumentOptions): XmlElement {
  if (bytes.length > maxBytes) {
    throw new XmlError("MaxMessageLengthExceeded", `Expected at most ${maxBytes} bytes of XML, got ${bytes.length}`, {
      details: { MaxMessageLengthBytes: String(maxBytes) },
    });
  }
  const xml = removeDeclaration(decodeUtf8(bytes));
  checkWellFormed(xml, { maxMarkup });
  const element = parseElement(xml);
  if (element.name !== root) throw malformedXml(`Expected the root element to be ${root}`);
  return element;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    // Drops a byte order mark.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw malformedXml("Expected the document to be UTF-8", { cause });
  }
}

function parseElement(xml: string): XmlElement {
  for (const node of parseNodes(xml)) {
    const name = nameOf(node);
    if (name !== textKey) return toElement(name, node);
  }
  throw malformedXml("Expected a root element");
}

/** The first key is the name of an element or one of the next two; the other can be {@link attributesKey}. */
type Node = { readonly [key: string]: string | readonly Node[] | Readonly<Record<string, string>> };

const textKey = "#text";
const sectionKey = "#cdata";
const attributesKey = ":@";

function parseNodes(xml: string): readonly Node[] {
  try {
    return parser.parse(xml);
  } catch (cause) {
    // It refuses some names, such as `__proto__`, that the check lets through.
    throw malformedXml("Expected the document to be parseable", { cause });
  }
}

// With its defaults the parser trims, turns `007` into 7, decodes entities twice over and loses which text was a CDATA
// section: each of these deletes another object than the one asked for.
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: (name) => !xsiTypeName.test(name),
  attributeNamePrefix: "",
  processEntities: false,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  textNodeName: textKey,
  cdataPropName: sectionKey,
  jPath: false,
});

// Any prefix may stand for the namespace of schema instances; `xmlns:type` declares a prefix.
const xsiTypeName = /^(?!xmlns:).*:type$/;

/** Recursion is as deep as the document, which {@link checkWellFormed} bounds. */
function toElement(qualifiedName: string, node: Node): XmlElement {
  const children: XmlElement[] = [];
  let text = "";
  for (const child of contentOf(node, qualifiedName)) {
    const name = nameOf(child);
    const value = child[name];
    if (typeof value === "string") text += decodeText(value);
    else if (name === sectionKey) text += sectionText(child);
    else children.push(toElement(name, child));
  }
  const name = qualifiedName.slice(qualifiedName.indexOf(":") + 1);
  const attributes = node[attributesKey];
  return attributes === undefined ? { name, text, children } : { name, text, children, xsiType: xsiType(attributes) };
}

function nameOf(node: Node): string {
  return Object.keys(node)[0] ?? textKey;
}

function contentOf(node: Node, name: string): readonly Node[] {
  const content = node[name];
  return isNodes(content) ? content : [];
}

function sectionText(node: Node): string {
  const text = contentOf(node, sectionKey)[0]?.[textKey];
  return typeof text === "string" ? text : "";
}

function isNodes(value: Node[string] | undefined): value is readonly Node[] {
  return Array.isArray(value);
}

function xsiType(attributes: NonNullable<Node[string]>): string {
  const [type, ...others] = Object.values(attributes);
  if (typeof type !== "string" || others.length > 0) throw malformedXml("Expected one xsi:type of an element");
  return decodeText(type).trim();
}
