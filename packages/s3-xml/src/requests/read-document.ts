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
  const nodes = parseNodes(xml);
  for (const node of nodes) {
    for (const [name, value] of Object.entries(node)) {
      if (typeof value !== "string") return toElement(name, value);
    }
  }
  throw malformedXml("Expected a root element");
}

/** One entry each: the name of an element with its content, or one of the two keys below. */
type Node = { readonly [name: string]: string | readonly Node[] };

const textKey = "#text";
const sectionKey = "#cdata";

function parseNodes(xml: string): readonly Node[] {
  try {
    return parser.parse(xml);
  } catch (cause) {
    // It refuses some names, such as `__proto__`, that the check lets through.
    throw malformedXml("Expected the document to be parseable", { cause });
  }
}

// With its defaults the parser trims, turns `007` into 7, decodes entities twice over and loses which text was a CDATA
// section: each of these deletes another object than the one asked for. Attributes mean nothing in S3's documents.
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  processEntities: false,
  parseTagValue: false,
  trimValues: false,
  textNodeName: textKey,
  cdataPropName: sectionKey,
  jPath: false,
});

/** Recursion is as deep as the document, which {@link checkWellFormed} bounds. */
function toElement(qualifiedName: string, content: readonly Node[]): XmlElement {
  const children: XmlElement[] = [];
  let text = "";
  for (const node of content) {
    for (const [name, value] of Object.entries(node)) {
      if (typeof value === "string") text += decodeText(value);
      else if (name === sectionKey) text += sectionText(value);
      else children.push(toElement(name, value));
    }
  }
  return { name: qualifiedName.slice(qualifiedName.indexOf(":") + 1), text, children };
}

function sectionText([section]: readonly Node[]): string {
  const text = section?.[textKey];
  return typeof text === "string" ? text : "";
}
