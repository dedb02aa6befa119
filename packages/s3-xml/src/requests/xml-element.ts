import { malformedXml } from "../xml-error.ts";

/** An element by its local name. `text` is its own, decoded, neither trimmed nor converted. */
export type XmlElement = {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
  /** `xsi:type`, the one attribute with a meaning in S3's documents, whatever its prefix is. */
  readonly xsiType?: string;
};

/** Throws `MalformedXML` when text stands between the children. */
export function childElements(parent: XmlElement): readonly XmlElement[] {
  if (/[^ \t\r\n]/.test(parent.text)) throw malformedXml(`Expected no text directly in ${parent.name}`);
  return parent.children;
}

/** The children of this name. */
export function childrenNamed(parent: XmlElement, name: string): readonly XmlElement[] {
  return childElements(parent).filter((child) => child.name === name);
}

/** The exact text of a child, undefined when there is none. Throws `MalformedXML` for two: either could be meant. */
export function optionalText(parent: XmlElement, name: string): string | undefined {
  const [child, ...others] = childrenNamed(parent, name);
  if (others.length > 0) throw malformedXml(`Expected one ${name} in ${parent.name}`);
  return child && leafText(child);
}

/** As {@link optionalText}; throws `MalformedXML` for a child that is missing or empty. */
export function requiredText(parent: XmlElement, name: string): string {
  const text = optionalText(parent, name);
  if (text === undefined || text === "") throw malformedXml(`Expected ${parent.name} to have a ${name}`);
  return text;
}

/** The text of an element that holds no other elements, else `MalformedXML`. */
export function leafText(element: XmlElement): string {
  if (element.children.length > 0) throw malformedXml(`Expected only text in ${element.name}`);
  return element.text;
}
