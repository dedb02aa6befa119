/** Counts what a page of a listing has taken, and knows where it was cut. */
export interface Page {
  /** Takes one more entry; false when the page was full, which makes it truncated. */
  take(name: string, id?: string): boolean;
  /** The last entry of a truncated page; undefined when nothing is left. */
  end(): { readonly name: string; readonly id?: string } | undefined;
}

export function createPage(maxEntries: number): Page {
  let entries = 0;
  let last: { readonly name: string; readonly id?: string } | undefined;
  let isTruncated = false;
  return {
    take(name, id) {
      isTruncated = entries >= maxEntries;
      if (isTruncated) return false;
      entries += 1;
      last = id === undefined ? { name } : { name, id };
      return true;
    },
    end: () => (isTruncated ? last : undefined),
  };
}
