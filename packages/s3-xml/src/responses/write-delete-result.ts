import { optionalElement, successDocument, textElement } from "./xml-writer.ts";

/** A key that is gone, or never was there. */
export type DeletedObjectEntry = {
  readonly key: string;
  /** The version id of the request. */
  readonly versionId?: string | undefined;
  /** True when a delete marker was added, or when the version that was removed was one. Written only when true. */
  readonly deleteMarker?: boolean | undefined;
  readonly deleteMarkerVersionId?: string | undefined;
};

/** A key that could not be deleted. */
export type DeleteErrorEntry = {
  readonly key: string;
  readonly versionId?: string | undefined;
  readonly code: string;
  readonly message: string;
};

/** What became of each key of a DeleteObjects request; without `deleted` when it was quiet. */
export type DeleteResult = {
  readonly deleted: readonly DeletedObjectEntry[];
  readonly errors: readonly DeleteErrorEntry[];
};

/** The answer of DeleteObjects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export function writeDeleteResult({ deleted, errors }: DeleteResult): string {
  let content = "";
  for (const entry of deleted) content += deletedElement(entry);
  for (const entry of errors) content += errorElement(entry);
  return successDocument("DeleteResult", content);
}

function deletedElement(entry: DeletedObjectEntry): string {
  return `<Deleted>${
    textElement("Key", entry.key) +
    optionalElement("VersionId", entry.versionId) +
    (entry.deleteMarker ? "<DeleteMarker>true</DeleteMarker>" : "") +
    optionalElement("DeleteMarkerVersionId", entry.deleteMarkerVersionId)
  }</Deleted>`;
}

function errorElement(entry: DeleteErrorEntry): string {
  return `<Error>${
    textElement("Key", entry.key) +
    optionalElement("VersionId", entry.versionId) +
    textElement("Code", entry.code) +
    textElement("Message", entry.message)
  }</Error>`;
}
