import type { Tag } from "../responses/write-tagging.ts";
import { malformedXml } from "../xml-error.ts";
import { checkMembers } from "./typed-members.ts";
import { childrenNamed, optionalText, type XmlElement } from "./xml-element.ts";

/** The `Tag` children, each with a key and a value, either of which may be empty: their form is the caller's to check. */
export function readTags(parent: XmlElement): readonly Tag[] {
  return childrenNamed(parent, "Tag").map(readTag);
}

export function readTag(tag: XmlElement): Tag {
  checkMembers(tag, ["Key", "Value"]);
  const key = optionalText(tag, "Key");
  const value = optionalText(tag, "Value");
  if (key === undefined || value === undefined) throw malformedXml("Expected Tag to have a Key and a Value");
  return { key, value };
}
