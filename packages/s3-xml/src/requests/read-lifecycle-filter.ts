import type { Tag } from "../responses/write-tagging.ts";
import { malformedXml } from "../xml-error.ts";
import { readTag, readTags } from "./read-tags.ts";
import { checkMembers, omitUndefined, optionalChild, optionalInteger } from "./typed-members.ts";
import { childElements, optionalText, type XmlElement } from "./xml-element.ts";

/** Which objects a lifecycle rule is about. Has at most one member; without any it is about all objects. */
export type LifecycleFilter = {
  readonly prefix?: string | undefined;
  readonly tag?: Tag | undefined;
  /** Bytes. */
  readonly objectSizeGreaterThan?: number | undefined;
  /** Bytes. */
  readonly objectSizeLessThan?: number | undefined;
  readonly and?: LifecycleAnd | undefined;
};

/** Conditions of which all must hold. There is at least one. */
export type LifecycleAnd = {
  readonly prefix?: string | undefined;
  readonly tags: readonly Tag[];
  /** Bytes. */
  readonly objectSizeGreaterThan?: number | undefined;
  /** Bytes. */
  readonly objectSizeLessThan?: number | undefined;
};

/** Throws `MalformedXML` for more than one member and for an empty `And`, which would be about all objects. */
export function readLifecycleFilter(filter: XmlElement): LifecycleFilter {
  checkMembers(filter, ["Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan", "And"]);
  if (filter.children.length > 1) throw malformedXml("Expected Filter to have at most one member");
  const tag = optionalChild(filter, "Tag");
  const and = optionalChild(filter, "And");
  return omitUndefined({
    prefix: optionalText(filter, "Prefix"),
    tag: tag && readTag(tag),
    objectSizeGreaterThan: optionalInteger(filter, "ObjectSizeGreaterThan"),
    objectSizeLessThan: optionalInteger(filter, "ObjectSizeLessThan"),
    and: and && readAnd(and),
  });
}

function readAnd(and: XmlElement): LifecycleAnd {
  checkMembers(and, ["Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan"]);
  if (childElements(and).length === 0) throw malformedXml("Expected And to have members");
  return omitUndefined({
    prefix: optionalText(and, "Prefix"),
    tags: readTags(and),
    objectSizeGreaterThan: optionalInteger(and, "ObjectSizeGreaterThan"),
    objectSizeLessThan: optionalInteger(and, "ObjectSizeLessThan"),
  });
}
