import type { Transaction } from "kysely";
import { ControlDatabaseError } from "./control-database-error.ts";
import type { Schema } from "./schema.ts";

/**
 * The update locks the row: who stops or deletes the service sees what is made of it here, or this sees that it
 * is no more running. Throws `ServiceNotFound` and `ServiceNotRunning`.
 */
export async function holdRunningService(transaction: Transaction<Schema>, id: number): Promise<void> {
  const service = await transaction
    .updateTable("service")
    .set(({ ref }) => ({ updated_at: ref("updated_at") }))
    .where("id", "=", id)
    .returning(["status", "name"])
    .executeTakeFirst();
  if (service === undefined) throw new ControlDatabaseError("ServiceNotFound", "There is no such service.");
  if (service.status === "running") return;
  throw new ControlDatabaseError("ServiceNotRunning", `The service ${service.name} is ${service.status}, not running.`);
}
