import type { migrationReportSchema, z } from "@stave/api-contract";
import type { MigrationObject } from "@stave/control-database";
import { type MigrationWork, type NotCarried, notCarried } from "./migration-work.ts";

export type MigrationReport = z.output<typeof migrationReportSchema>;

const maxNamed = 1000;

/** What was carried, and what was not. */
export async function reportMigration(
  { objects, migration }: Pick<MigrationWork, "objects" | "migration">,
  { lost, warnings }: { readonly lost: readonly NotCarried[]; readonly warnings: readonly string[] },
): Promise<MigrationReport> {
  const totals = await objects.totals(migration.id);
  const failed = await objects.list(migration.id, { states: ["failed"], limit: maxNamed });
  const incomplete = await objects.list(migration.id, { hasLost: true, limit: maxNamed });
  return {
    objects: totals.objects,
    delete_markers: totals.markers,
    bytes: totals.sizeBytes,
    verified: totals.verified,
    failed: totals.failed,
    failed_objects: failed.map((object) => notCarried("object", object.reason ?? "It failed.", addressOf(object))),
    not_carried: [
      ...lost,
      ...incomplete.flatMap((object) =>
        (object.lost ?? []).map((what) =>
          notCarried(what, "It could not be carried with the object.", addressOf(object)),
        ),
      ),
    ],
    warnings: [...warnings],
  };
}

function addressOf({ bucket, key, versionId }: MigrationObject) {
  return { bucket, key, versionId };
}
