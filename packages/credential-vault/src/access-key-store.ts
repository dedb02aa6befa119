/** An access key as it is stored. The secret is sealed; everything else may be shown to its owner. */
export type AccessKeyRecord = {
  readonly accessKeyId: string;
  /** Sealed for the context `["access_keys", "secret", accessKeyId]`. */
  readonly secretEnvelope: string;
  readonly ownerId: string;
  readonly description: string;
  /** What the key may do, as its owner said it; the vault does not read it. Absent: everything that the owner may. */
  readonly scope?: unknown;
  readonly createdAt: Date;
  readonly expiresAt?: Date;
  readonly revokedAt?: Date;
  /** The key that was issued to replace this one. */
  readonly replacedBy?: string;
  /** Written now and then, so it may be some minutes old. */
  readonly lastUsedAt?: Date;
};

export type AccessKeyChange = Partial<Pick<AccessKeyRecord, "expiresAt" | "revokedAt" | "replacedBy">>;

/** Where access keys are kept. Records come back as they were given. */
export interface AccessKeyStore {
  /** Throws when the id is taken. */
  insert(record: AccessKeyRecord): Promise<void>;
  find(accessKeyId: string): Promise<AccessKeyRecord | undefined>;
  /** By access key id; `after` is exclusive. */
  list(query: {
    readonly ownerId?: string;
    readonly after?: string | undefined;
    readonly limit: number;
  }): Promise<readonly AccessKeyRecord[]>;
  /** False when there is no such key, or it is revoked: a revoked key does not change any more. */
  change(accessKeyId: string, change: AccessKeyChange): Promise<boolean>;
  /** Replaces `before`; false when it is another one by now, or gone. */
  reseal(accessKeyId: string, before: string, after: string): Promise<boolean>;
  noteUsed(uses: ReadonlyMap<string, Date>): Promise<void>;
}
