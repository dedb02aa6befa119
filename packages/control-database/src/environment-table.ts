import type { Kysely } from "kysely";
import type { RecordChange } from "./audit-log.ts";
import { ControlDatabaseError } from "./control-database-error.ts";
import { refuseLinkedProject } from "./link-table.ts";
import type { Schema } from "./schema.ts";

/** A project runs in environments. Each has one of this name from its beginning. */
export const firstEnvironment = "production";

/** A project's environment, by its name. */
export interface EnvironmentTable {
  /** By name, of each of the projects. */
  list(projectIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Throws `ProjectNotFound`, `EnvironmentExists`, and `EnvironmentsFull` when the project has 50. */
  add(environment: { readonly projectId: string; readonly name: string }): Promise<void>;
  /** Throws `EnvironmentNotFound`, and `EnvironmentInUse` while it is linked. */
  remove(environment: { readonly projectId: string; readonly name: string }): Promise<void>;
}

const maxEnvironments = 50;

export function createEnvironmentTable(
  db: Kysely<Schema>,
  { now, record }: { readonly now: () => Date; readonly record: RecordChange },
): EnvironmentTable {
  return {
    async list(projectIds) {
      if (projectIds.length === 0) return new Map();
      const rows = await db
        .selectFrom("project_environment")
        .select(["project_id", "name"])
        .where("project_id", "in", projectIds)
        .orderBy("name")
        .execute();
      const byProject = Map.groupBy(rows, ({ project_id }) => project_id);
      return new Map([...byProject].map(([id, found]) => [id, found.map(({ name }) => name)]));
    },
    add: ({ projectId, name }) =>
      db.transaction().execute(async (transaction) => {
        // The update locks the row: environments of one project are counted one after the other.
        const project = await transaction
          .updateTable("project")
          .set(({ eb }) => ({ revision: eb("revision", "+", 1) }))
          .where("id", "=", projectId)
          .returning("id")
          .executeTakeFirst();
        if (project === undefined) throw new ControlDatabaseError("ProjectNotFound", "There is no such project.");
        const others = await transaction
          .selectFrom("project_environment")
          .select("name")
          .where("project_id", "=", projectId)
          .execute();
        if (others.some((other) => other.name === name)) {
          throw new ControlDatabaseError("EnvironmentExists", `The project has an environment ${name} already.`);
        }
        if (others.length >= maxEnvironments) {
          throw new ControlDatabaseError("EnvironmentsFull", `A project has at most ${maxEnvironments} environments.`);
        }
        const row = { project_id: projectId, name, created_at: now().toISOString() };
        await transaction.insertInto("project_environment").values(row).execute();
        const details = { name };
        await record(transaction, { action: "project:add-environment", subject: projectId, details });
      }),
    remove: ({ projectId, name }) =>
      db.transaction().execute(async (transaction) => {
        const held = await transaction
          .updateTable("project_environment")
          .set(({ ref }) => ({ created_at: ref("created_at") }))
          .where("project_id", "=", projectId)
          .where("name", "=", name)
          .returning("name")
          .executeTakeFirst();
        if (held === undefined) {
          throw new ControlDatabaseError("EnvironmentNotFound", `The project has no environment ${name}.`);
        }
        await refuseLinkedProject(transaction, projectId, name);
        await transaction
          .deleteFrom("project_environment")
          .where("project_id", "=", projectId)
          .where("name", "=", name)
          .execute();
        await transaction
          .updateTable("project")
          .set(({ eb }) => ({ revision: eb("revision", "+", 1) }))
          .where("id", "=", projectId)
          .execute();
        const details = { name };
        await record(transaction, { action: "project:remove-environment", subject: projectId, details });
      }),
  };
}
