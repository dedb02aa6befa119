import { XMLParser } from "fast-xml-parser";

export type XmlElement = { readonly [name: string]: XmlElement | readonly XmlElement[] | string };

const repeated = new Set(["Contents", "Version", "DeleteMarker"]);
const parser = new XMLParser({
  parseTagValue: false,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  removeNSPrefix: true,
  // Go writes the quotes of an etag as &#34;, which are not among the five entities of XML that are always read.
  htmlEntities: true,
  isArray: (name) => repeated.has(name),
});

/** The content of the document's root element. Throws if it has another name. */
export function parseDocument(xml: Buffer, root: string): XmlElement {
  const document = parser.parse(xml.toString()) as XmlElement;
  const element = document[root];
  if (element === undefined) throw new Error(`expected <${root}>, got ${xml.toString().slice(0, 200)}`);
  return typeof element === "string" ? {} : (element as XmlElement);
}

export function textOf(element: XmlElement, name: string): string {
  const value = element[name];
  return typeof value === "string" ? value : "";
}

export function elementsOf(element: XmlElement, name: string): readonly XmlElement[] {
  const value = element[name];
  return Array.isArray(value) ? (value as readonly XmlElement[]) : [];
}
