/** What the owner of an access key lets it do: never more than the owner may. Read by {@link parseScope}. */
export type Scope = {
  readonly access: ScopeAccess;
  /** @default every bucket that the owner may use */
  readonly on?: ScopeTarget;
  /** The only addresses and networks (`192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`) that the key works from. @default all */
  readonly sourceNetworks?: readonly string[];
};

/**
 * - `full`: whatever can be done with what the scope is on. With a prefix: with the objects below it, and not with the bucket.
 * - `read-only`: reading and listing, versions and configuration included.
 * - `read-objects`: reading and listing objects, and the bucket's location. What `read-write` reads, and nothing of what is unfinished.
 * - `read-write`: reading, writing, deleting and listing objects, multipart uploads and the bucket's location. Neither versions nor
 *   tags, ACLs or locks.
 */
export type ScopeAccess = (typeof scopeAccesses)[number];

export const scopeAccesses = ["full", "read-only", "read-objects", "read-write"] as const;

/** Where the key may do it. */
export type ScopeTarget = { readonly project: string } | BucketTarget;

export type BucketTarget = {
  readonly bucket: string;
  /** Plain text: `*` and `?` in it stand for themselves. */
  readonly prefix?: string;
  /**
   * When the bucket was made that is meant, as `Date.toISOString` writes it: on another bucket of the same name, made after this one was
   * deleted, the scope allows nothing. @default whichever bucket has the name
   */
  readonly createdAt?: string;
};
