import { XMLParser } from "fast-xml-parser";

/** An element by its local name. */
export type XmlElement = {
  readonly name: string;
  /** Its own, decoded, neither trimmed nor converted. */
  readonly text: string;
  readonly children: readonly XmlElement[];
};

type Node = { readonly [name: string]: string | readonly Node[] };

const textKey = "#text";
const maxDepth = 16;

// With its defaults the parser trims, turns `007` into 7 and decodes entities twice over: each makes another key of a key.
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  processEntities: false,
  parseTagValue: false,
  trimValues: false,
  textNodeName: textKey,
  jPath: false,
});

/** The root of a document, or undefined for what is none. Documents with a type of their own are refused: they can grow when read. */
export function readXml(text: string): XmlElement | undefined {
  if (text.includes("<!DOCTYPE")) return undefined;
  try {
    const nodes = parser.parse(text) as readonly Node[];
    const node = nodes.find((one) => Object.keys(one)[0] !== textKey);
    return node === undefined ? undefined : toElement(node, 0);
  } catch {
    return undefined;
  }
}

/** The text of the first child of this name. */
export function textOf(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

function toElement(node: Node, depth: number): XmlElement {
  if (depth > maxDepth) throw new TypeError(`Expected elements to nest at most ${maxDepth} deep`);
  const qualified = Object.keys(node)[0] ?? "";
  const content = node[qualified];
  const children: XmlElement[] = [];
  let text = "";
  for (const child of Array.isArray(content) ? (content as readonly Node[]) : []) {
    const value = child[textKey];
    if (typeof value === "string") text += decode(value);
    else children.push(toElement(child, depth + 1));
  }
  return { name: qualified.slice(qualified.indexOf(":") + 1), text, children };
}

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** In one pass, so that nothing is decoded twice. What is no reference stays as it is. */
function decode(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-fA-F]{1,6}));/g, (all, name, decimal, hex) => {
    if (name !== undefined) return named[name] ?? all;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
