import { commonPrefixElements, keyElement, type Owner, ownerElement } from "./members.ts";
import type { EncodingType } from "./url-encoding.ts";
import { createObjectMembers, type ObjectEntry } from "./write-contents.ts";
import { dateElement, optionalElement, successDocument, textElement } from "./xml-writer.ts";

/** An object version in a listing. The version id of an unversioned object is `null`. */
export type VersionEntry = ObjectEntry & {
  readonly isDeleteMarker: false;
  readonly versionId: string;
  readonly isLatest: boolean;
};

/** A delete marker in a listing. */
export type DeleteMarkerEntry = {
  readonly isDeleteMarker: true;
  readonly key: string;
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly lastModified: Date;
  readonly owner?: Owner | undefined;
};

/** A page of ListObjectVersions. */
export type ListVersionsResult = {
  readonly name: string;
  readonly prefix: string;
  readonly keyMarker: string;
  readonly versionIdMarker: string;
  readonly nextKeyMarker?: string | undefined;
  /** Absent when the page ended with a common prefix. */
  readonly nextVersionIdMarker?: string | undefined;
  readonly maxKeys: number;
  readonly delimiter?: string | undefined;
  readonly encodingType?: EncodingType | undefined;
  readonly isTruncated: boolean;
  /** Versions and delete markers, by key and within a key newest first; written in this order. */
  readonly versions: readonly (VersionEntry | DeleteMarkerEntry)[];
  readonly commonPrefixes: readonly string[];
};

/** The answer of ListObjectVersions: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
export function writeListVersionsResult(result: ListVersionsResult): string {
  const { encodingType } = result;
  const objectMembers = createObjectMembers();
  let versions = "";
  for (const version of result.versions) {
    versions += version.isDeleteMarker
      ? deleteMarkerElement(version, encodingType)
      : `<Version>${identity(version, encodingType)}${objectMembers(version)}</Version>`;
  }
  return successDocument(
    "ListVersionsResult",
    textElement("Name", result.name) +
      keyElement("Prefix", result.prefix, encodingType) +
      keyElement("KeyMarker", result.keyMarker, encodingType) +
      textElement("VersionIdMarker", result.versionIdMarker) +
      keyElement("NextKeyMarker", result.nextKeyMarker, encodingType) +
      optionalElement("NextVersionIdMarker", result.nextVersionIdMarker) +
      `<MaxKeys>${result.maxKeys}</MaxKeys>` +
      keyElement("Delimiter", result.delimiter, encodingType) +
      optionalElement("EncodingType", encodingType) +
      `<IsTruncated>${result.isTruncated}</IsTruncated>` +
      versions +
      commonPrefixElements(result.commonPrefixes, encodingType),
  );
}

function deleteMarkerElement(marker: DeleteMarkerEntry, encodingType: EncodingType | undefined): string {
  const members = dateElement("LastModified", marker.lastModified) + ownerElement("Owner", marker.owner);
  return `<DeleteMarker>${identity(marker, encodingType)}${members}</DeleteMarker>`;
}

function identity(version: VersionEntry | DeleteMarkerEntry, encodingType: EncodingType | undefined): string {
  return (
    keyElement("Key", version.key, encodingType) +
    textElement("VersionId", version.versionId) +
    `<IsLatest>${version.isLatest}</IsLatest>`
  );
}
