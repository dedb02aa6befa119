import { type FileRef, fileKind, type ManifestRef } from "../blob-ref.ts";

/** How often files and manifests are referred to. Takes about 50 bytes for each of them. */
export interface References {
  /** What the count is then. */
  add(blob: FileRef | ManifestRef): number;
  count(blob: FileRef | ManifestRef): number;
  all(): Iterable<{ readonly blob: FileRef | ManifestRef; readonly count: number }>;
}

export function createReferences(): References {
  // By kind and epoch, so that the keys of the large maps are small numbers.
  const epochs = new Map<
    string,
    { readonly head: readonly [FileRef[0] | ManifestRef[0], number]; readonly counts: Map<number, number> }
  >();
  const nameOf = ([kind, epoch]: FileRef | ManifestRef): string => `${kind}/${epoch}`;
  return {
    add(blob) {
      const [kind, epoch, serial] = blob;
      const known = epochs.get(nameOf(blob)) ?? { head: [kind, epoch], counts: new Map<number, number>() };
      epochs.set(nameOf(blob), known);
      const count = (known.counts.get(serial) ?? 0) + 1;
      known.counts.set(serial, count);
      return count;
    },
    count: (blob) => epochs.get(nameOf(blob))?.counts.get(blob[2]) ?? 0,
    *all() {
      for (const { head, counts } of epochs.values()) {
        const [kind, epoch] = head;
        for (const [serial, count] of counts) {
          yield { blob: kind === fileKind ? [kind, epoch, serial] : [kind, epoch, serial], count };
        }
      }
    },
  };
}
