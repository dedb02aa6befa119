import { malformedXml } from "../xml-error.ts";
import { readDate } from "./read-date.ts";
import { childElements, childrenNamed, leafText, optionalText, requiredText, type XmlElement } from "./xml-element.ts";

/**
 * Throws `MalformedXML` for a child of any other name, and for text between the children.
 *
 * S3 checks configuration against a schema. A member that is not known and ignored would change what the others mean: a
 * filter that is skipped makes a lifecycle rule delete more.
 */
export function checkMembers(parent: XmlElement, names: readonly string[]): void {
  for (const { name } of childElements(parent)) {
    if (!names.includes(name))
      throw malformedXml(`Expected ${parent.name} to hold only: ${names.join(", ") || "nothing"}`);
  }
}

/** The only child of this name. Throws `MalformedXML` for two. */
export function optionalChild(parent: XmlElement, name: string): XmlElement | undefined {
  const [child, ...others] = childrenNamed(parent, name);
  if (others.length > 0) throw malformedXml(`Expected one ${name} in ${parent.name}`);
  return child;
}

export function requiredChild(parent: XmlElement, name: string): XmlElement {
  const child = optionalChild(parent, name);
  if (child === undefined) throw malformedXml(`Expected ${parent.name} to have a ${name}`);
  return child;
}

/** One or more children of this name. */
export function requiredChildren(parent: XmlElement, name: string): readonly XmlElement[] {
  const children = childrenNamed(parent, name);
  if (children.length === 0) throw malformedXml(`Expected ${parent.name} to have a ${name}`);
  return children;
}

/** The exact texts of all children of this name. */
export function texts(parent: XmlElement, name: string): readonly string[] {
  return childrenNamed(parent, name).map(leafText);
}

/** As {@link texts}, of one or more children. */
export function requiredTexts(parent: XmlElement, name: string): readonly string[] {
  return requiredChildren(parent, name).map(leafText);
}

/** One of these words, with white space around it removed. */
export function optionalWord<const Word extends string>(
  parent: XmlElement,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = optionalText(parent, name)?.trim();
  if (text === undefined) return undefined;
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw malformedXml(`Expected ${name} to be ${words.join(" or ")}`);
  return word;
}

export function requiredWord<const Word extends string>(
  parent: XmlElement,
  name: string,
  words: readonly Word[],
): Word {
  const word = optionalWord(parent, name, words);
  if (word === undefined) throw malformedXml(`Expected ${parent.name} to have a ${name}`);
  return word;
}

/** An integer of up to 15 digits, which a number holds exactly. Its range is the caller's to check. */
export function optionalInteger(parent: XmlElement, name: string): number | undefined {
  const text = optionalText(parent, name)?.trim();
  if (text === undefined) return undefined;
  // `+ 0` because the Days of `-0` are 0.
  if (/^-?\d{1,15}$/.test(text)) return Number(text) + 0;
  throw malformedXml(`Expected ${name} to be an integer`);
}

export function requiredInteger(parent: XmlElement, name: string): number {
  requiredText(parent, name);
  return optionalInteger(parent, name) ?? 0;
}

/** `true` or `false`, in any case: the API reference itself writes `TRUE`. */
export function optionalBoolean(parent: XmlElement, name: string): boolean | undefined {
  const text = optionalText(parent, name)?.trim().toLowerCase();
  if (text === undefined) return undefined;
  if (text !== "true" && text !== "false") throw malformedXml(`Expected ${name} to be true or false`);
  return text === "true";
}

/** See {@link readDate}. */
export function optionalDate(parent: XmlElement, name: string): Date | undefined {
  const text = optionalText(parent, name)?.trim();
  if (text === undefined) return undefined;
  const date = readDate(text);
  if (date === undefined) throw malformedXml(`Expected ${name} to be an ISO 8601 date`);
  return date;
}

/** Throws `MalformedXML` unless exactly one of the members, by name, is there. */
export function checkExactlyOne(parent: XmlElement, names: readonly string[]): void {
  const count = names.filter((name) => childrenNamed(parent, name).length > 0).length;
  if (count !== 1) throw malformedXml(`Expected ${parent.name} to have one of ${names.join(", ")}`);
}

/** A copy without the members that are undefined, so that what was read shows only what was sent. */
export function omitUndefined<Members extends object>(members: Members): Members {
  const copy = { ...members };
  for (const name in copy) if (copy[name] === undefined) delete copy[name];
  return copy;
}
