import { hash } from "node:crypto";
import type { Kysely } from "kysely";
import type { MigrationObjectRow, Schema } from "./schema.ts";

/** `copying`: begun, and not known to be done. `verified`: seen in the target as it was copied. */
export type MigrationObjectState = "copying" | "copied" | "failed" | "verified";

/** One object, version or delete marker that a migration has met in its source. */
export type MigrationObject = {
  readonly bucket: string;
  readonly key: string;
  /** Empty in a bucket without versions. */
  readonly versionId: string;
  readonly state: MigrationObjectState;
  /** The last pass that has seen it in the source. */
  readonly pass: number;
  /** Grows from the oldest version of a key to its newest. */
  readonly seq: number;
  readonly etag: string;
  readonly modifiedAt: Date;
  readonly sizeBytes: number;
  readonly isMarker: boolean;
  readonly sha256?: string;
  readonly targetEtag?: string;
  readonly targetVersionId?: string;
  /** Plain data. */
  readonly lock?: Readonly<Record<string, unknown>>;
  /** What belongs to it and could not be carried, in words. */
  readonly lost?: readonly string[];
  /** Why it has failed. */
  readonly reason?: string;
};

export type MigrationObjectsQuery = {
  readonly bucket?: string | undefined;
  readonly states?: readonly MigrationObjectState[] | undefined;
  /** Only those that the pass has not seen. */
  readonly notSeenIn?: number | undefined;
  readonly hasLost?: boolean | undefined;
  readonly hasLock?: boolean | undefined;
  readonly after?: MigrationObject | undefined;
  readonly limit: number;
};

export type MigrationTotals = {
  readonly objects: number;
  readonly markers: number;
  readonly sizeBytes: number;
  readonly failed: number;
  readonly verified: number;
  /** The last one that has seen anything. */
  readonly pass: number;
};

/** The journal of a migration. It is not in the audit log, which has the migration itself. */
export interface MigrationObjects {
  /** In no order but that of `seq`. */
  ofKeys(id: string, of: { readonly bucket: string; readonly keys: readonly string[] }): Promise<MigrationObject[]>;
  /** Adds them, or takes the place of what is there. */
  save(id: string, objects: readonly MigrationObject[]): Promise<void>;
  /** In the order of an id that says nothing; `after` is the last one of the page before. */
  list(id: string, query: MigrationObjectsQuery): Promise<MigrationObject[]>;
  remove(id: string, objects: readonly MigrationObject[]): Promise<void>;
  totals(id: string): Promise<MigrationTotals>;
  /** Removes those of which there is nothing to say, or all; false when there are more. */
  prune(id: string, options: { readonly keepsNotes: boolean; readonly limit: number }): Promise<boolean>;
}

/** SQLite takes 32,766 values in one statement. */
const rowsOfStatement = 100;

export function createMigrationObjects(db: Kysely<Schema>): MigrationObjects {
  return {
    async ofKeys(id, { bucket, keys }) {
      const rows = await db
        .selectFrom("migration_object")
        .selectAll()
        .where("migration_id", "=", id)
        .where("bucket", "=", bucket)
        .where("key_hash", "in", keys.map(hashOf))
        .orderBy("seq")
        .execute();
      return rows.map(toRecord);
    },
    save: (id, objects) =>
      db.transaction().execute(async (transaction) => {
        for (let at = 0; at < objects.length; at += rowsOfStatement) {
          const rows = objects.slice(at, at + rowsOfStatement).map((object) => toRow(id, object));
          await transaction
            .insertInto("migration_object")
            .values(rows)
            .onConflict((conflict) =>
              conflict.columns(["migration_id", "bucket", "key_hash", "version_id"]).doUpdateSet((set) => ({
                state: set.ref("excluded.state"),
                pass: set.ref("excluded.pass"),
                seq: set.ref("excluded.seq"),
                etag: set.ref("excluded.etag"),
                modified_at: set.ref("excluded.modified_at"),
                size_bytes: set.ref("excluded.size_bytes"),
                is_marker: set.ref("excluded.is_marker"),
                sha256: set.ref("excluded.sha256"),
                target_etag: set.ref("excluded.target_etag"),
                target_version_id: set.ref("excluded.target_version_id"),
                object_lock: set.ref("excluded.object_lock"),
                lost: set.ref("excluded.lost"),
                reason: set.ref("excluded.reason"),
              })),
            )
            .execute();
        }
      }),
    async list(id, { bucket, states, notSeenIn, hasLost, hasLock, after, limit }) {
      let query = db
        .selectFrom("migration_object")
        .selectAll()
        .where("migration_id", "=", id)
        .orderBy("bucket")
        .orderBy("key_hash")
        .orderBy("version_id")
        .limit(limit);
      if (bucket !== undefined) query = query.where("bucket", "=", bucket);
      if (states !== undefined) query = query.where("state", "in", states);
      if (notSeenIn !== undefined) query = query.where("pass", "<", notSeenIn);
      if (hasLost === true) query = query.where("lost", "is not", null);
      if (hasLock === true) query = query.where("object_lock", "is not", null);
      if (after !== undefined) {
        query = query.where((where) =>
          where.or([
            where("bucket", ">", after.bucket),
            where.and([where("bucket", "=", after.bucket), where("key_hash", ">", hashOf(after.key))]),
            where.and([
              where("bucket", "=", after.bucket),
              where("key_hash", "=", hashOf(after.key)),
              where("version_id", ">", after.versionId),
            ]),
          ]),
        );
      }
      return (await query.execute()).map(toRecord);
    },
    remove: (id, objects) =>
      db.transaction().execute(async (transaction) => {
        for (const { bucket, key, versionId } of objects) {
          await transaction
            .deleteFrom("migration_object")
            .where("migration_id", "=", id)
            .where("bucket", "=", bucket)
            .where("key_hash", "=", hashOf(key))
            .where("version_id", "=", versionId)
            .execute();
        }
      }),
    async totals(id) {
      const rows = await db
        .selectFrom("migration_object")
        .select(({ fn }) => [
          "state",
          "is_marker",
          fn.countAll().as("count"),
          fn.sum("size_bytes").as("bytes"),
          fn.max("pass").as("pass"),
        ])
        .where("migration_id", "=", id)
        .groupBy(["state", "is_marker"])
        .execute();
      const sum = (of: typeof rows, name: "count" | "bytes") =>
        of.reduce((total, row) => total + Number(row[name] ?? 0), 0);
      const carried = rows.filter(({ state }) => state === "copied" || state === "verified");
      return {
        pass: Math.max(0, ...rows.map((row) => Number(row.pass))),
        objects: sum(
          carried.filter(({ is_marker }) => is_marker === 0),
          "count",
        ),
        markers: sum(
          carried.filter(({ is_marker }) => is_marker === 1),
          "count",
        ),
        sizeBytes: sum(carried, "bytes"),
        failed: sum(
          rows.filter(({ state }) => state === "failed"),
          "count",
        ),
        verified: sum(
          rows.filter(({ state }) => state === "verified"),
          "count",
        ),
      };
    },
    async prune(id, { keepsNotes, limit }) {
      let query = db
        .selectFrom("migration_object")
        .select(["bucket", "key_hash", "version_id"])
        .where("migration_id", "=", id)
        .limit(limit);
      if (keepsNotes) query = query.where("state", "!=", "failed").where("lost", "is", null);
      const rows = await query.execute();
      await db.transaction().execute(async (transaction) => {
        for (const row of rows) {
          await transaction
            .deleteFrom("migration_object")
            .where("migration_id", "=", id)
            .where("bucket", "=", row.bucket)
            .where("key_hash", "=", row.key_hash)
            .where("version_id", "=", row.version_id)
            .execute();
        }
      });
      return rows.length < limit;
    },
  };
}

function hashOf(key: string): string {
  return hash("sha256", key);
}

function toRow(id: string, object: MigrationObject): MigrationObjectRow {
  return {
    migration_id: id,
    bucket: object.bucket,
    key_hash: hashOf(object.key),
    version_id: object.versionId,
    object_key: JSON.stringify(object.key), // PostgreSQL's text cannot hold every character of a key
    state: object.state,
    pass: object.pass,
    seq: object.seq,
    etag: object.etag,
    modified_at: object.modifiedAt.toISOString(),
    size_bytes: object.sizeBytes,
    is_marker: object.isMarker ? 1 : 0,
    sha256: object.sha256 ?? null,
    target_etag: object.targetEtag ?? null,
    target_version_id: object.targetVersionId ?? null,
    object_lock: object.lock === undefined ? null : JSON.stringify(object.lock),
    lost: object.lost === undefined || object.lost.length === 0 ? null : JSON.stringify(object.lost),
    reason: object.reason ?? null,
  };
}

function toRecord(row: MigrationObjectRow): MigrationObject {
  return {
    bucket: row.bucket,
    key: JSON.parse(row.object_key),
    versionId: row.version_id,
    state: row.state as MigrationObjectState,
    pass: row.pass,
    seq: row.seq,
    etag: row.etag,
    modifiedAt: new Date(row.modified_at),
    sizeBytes: Number(row.size_bytes), // PostgreSQL gives a bigint as text
    isMarker: row.is_marker === 1,
    ...(row.sha256 !== null && { sha256: row.sha256 }),
    ...(row.target_etag !== null && { targetEtag: row.target_etag }),
    ...(row.target_version_id !== null && { targetVersionId: row.target_version_id }),
    ...(row.object_lock !== null && { lock: JSON.parse(row.object_lock) }),
    ...(row.lost !== null && { lost: JSON.parse(row.lost) }),
    ...(row.reason !== null && { reason: row.reason }),
  };
}
