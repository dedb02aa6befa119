import { relative } from "node:path";
import { blobPath } from "../blob-files.ts";
import { blobKey, blobName, type FileRef, isFileRef, type ManifestRef, readBlobKey } from "../blob-ref.ts";
import type { Place } from "./findings.ts";
import type { Inspection } from "./inspection.ts";
import { isManifestRow, isNumber } from "./row-shapes.ts";

/** After all versions and parts have been seen: the counts of what shares files and lists of parts. */
export async function checkReferences(inspection: Inspection): Promise<void> {
  const { tables, findings, references, garbage, directory } = inspection;
  for await (const { key, value } of tables.rows("blobs", isNumber)) {
    const blob = readBlobKey(key);
    const used = references.count(blob);
    if (value === used || (value !== undefined && value > used && value <= used + garbage.count(blob))) continue;
    findings.add(
      "references-differ",
      placeOf(directory, blob),
      `${nameOf(blob)} counts ${value ?? "?"} uses, and has ${used}.`,
    );
  }
  for (const { blob, count } of references.all()) {
    // The row of a list of parts comes with its second use.
    if (tables.has("blobs", blobKey(blob)) || (!isFileRef(blob) && count === 1)) continue;
    findings.add("references-differ", placeOf(directory, blob), `${nameOf(blob)} counts no uses, and has ${count}.`);
  }
  for await (const { key } of tables.rows("manifests", isManifestRow)) {
    const blob = readBlobKey(key);
    if (references.count(blob) > 0) continue;
    findings.add("references-differ", placeOf(directory, blob), `${nameOf(blob)} belongs to no object.`);
  }
}

function placeOf(directory: string, blob: FileRef | ManifestRef): Place {
  return isFileRef(blob) ? { file: relative(directory, blobPath(directory, blob)) } : {};
}

function nameOf(blob: FileRef | ManifestRef): string {
  return isFileRef(blob) ? "The file" : `The list of parts ${blobName(blob)}`;
}
