import { requireBackup } from "../../backups/open-backup.ts";
import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { readCursor, toPage } from "./page.ts";
import { showBackup } from "./show.ts";

type Operations = Pick<Handlers, "listBackups" | "createBackup" | "getBackup" | "deleteBackup" | "verifyBackup">;

export function backupOperations(context: OperationContext): Operations {
  const { database, wakeJobs } = context;
  const { backups: reading } = database.as("system");
  const begun = async (id: string, jobId: string | undefined) => {
    wakeJobs();
    const headers = { location: `/api/jobs/${jobId ?? ""}` };
    return { status: 202 as const, headers, body: { data: showBackup(await requireBackup(context, id)) } };
  };

  return {
    async listBackups({ query: { limit, cursor, service, destination, schedule } }) {
      const filter = { serviceId: service, destinationId: destination, scheduleId: schedule };
      const found = await reading.list({ ...filter, before: readCursor(cursor), limit: limit + 1 });
      return { status: 200, body: toPage(found, limit, showBackup) };
    },
    async createBackup({ caller, body }) {
      const { id, jobId } = await orProblem(database.as(caller.actor).backups.begin(body));
      return await begun(id, jobId);
    },
    getBackup: async ({ params }) => ({
      status: 200,
      body: { data: showBackup(await requireBackup(context, params.id)) },
    }),
    async deleteBackup({ caller, params, query: { forget } }) {
      const { id } = await orProblem(database.as(caller.actor).backups.beginDelete(params.id, { forget }));
      return await begun(params.id, id);
    },
    async verifyBackup({ caller, params }) {
      const { id } = await orProblem(database.as(caller.actor).backups.beginVerify(params.id));
      return await begun(params.id, id);
    },
  };
}
