import type { BackupScheduleRecord } from "@stave/control-database";
import { firstRun, normaliseCron } from "../../backups/cron.ts";
import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { Problem } from "../../http/problem.ts";
import { etagOf, requireRevision } from "../../http/require-revision.ts";
import { readCursor, toPage } from "./page.ts";
import { showSchedule } from "./show.ts";

type Operations = Pick<
  Handlers,
  "listBackupSchedules" | "createBackupSchedule" | "getBackupSchedule" | "updateBackupSchedule" | "deleteBackupSchedule"
>;

export function scheduleOperations({ database, now }: OperationContext): Operations {
  const { backupSchedules: reading } = database.as("system");
  const find = async (id: string): Promise<BackupScheduleRecord> => {
    const schedule = await reading.find(id);
    if (schedule === undefined) throw new Problem("NOT_FOUND", { detail: "There is no such schedule." });
    return schedule;
  };
  const answer = (schedule: BackupScheduleRecord) => ({
    headers: { etag: etagOf(schedule.revision) },
    body: { data: showSchedule(schedule) },
  });

  return {
    async listBackupSchedules({ query: { limit, cursor, service } }) {
      const found = await reading.list({ after: readCursor(cursor), limit: limit + 1, serviceId: service });
      return { status: 200, body: toPage(found, limit, showSchedule) };
    },
    async createBackupSchedule({ caller, body: { cron: asked, retentionDays, retentionCount, ...schedule } }) {
      const cron = normaliseCron(asked);
      const nextAt = firstRun({ cron, timeZone: schedule.timeZone }, now());
      const made = await orProblem(
        database.as(caller.actor).backupSchedules.insert({
          ...schedule,
          cron,
          ...(schedule.isEnabled && { nextAt }),
          ...(retentionDays !== null && { retentionDays }),
          ...(retentionCount !== null && { retentionCount }),
        }),
      );
      const { headers, body } = answer(made);
      return { status: 201, headers: { ...headers, location: `/api/backups/schedules/${made.id}` }, body };
    },
    getBackupSchedule: async ({ params }) => ({ status: 200, ...answer(await find(params.id)) }),
    async updateBackupSchedule({ caller, params, message, body }) {
      const before = await find(params.id);
      requireRevision(message, before.revision);
      const cron = body.cron === undefined ? before.cron : normaliseCron(body.cron);
      const timeZone = body.timeZone ?? before.timeZone;
      const isEnabled = body.isEnabled ?? before.isEnabled;
      const isOtherTime = cron !== before.cron || timeZone !== before.timeZone || isEnabled !== before.isEnabled;
      const times = isOtherTime ? { nextAt: isEnabled ? firstRun({ cron, timeZone }, now()) : null } : {};
      const { name, destinationId, withVersions, retentionDays, retentionCount } = body;
      const change = {
        cron,
        timeZone,
        isEnabled,
        ...times,
        ...(name !== undefined && { name }),
        ...(destinationId !== undefined && { destinationId }),
        ...(withVersions !== undefined && { withVersions }),
        ...(retentionDays !== undefined && { retentionDays }),
        ...(retentionCount !== undefined && { retentionCount }),
      };
      const { backupSchedules } = database.as(caller.actor);
      const changed = await orProblem(backupSchedules.change(params.id, change, { ifRevision: before.revision }));
      return { status: 200, ...answer(changed) };
    },
    async deleteBackupSchedule({ caller, params }) {
      await orProblem(database.as(caller.actor).backupSchedules.remove(params.id));
      return { status: 204 };
    },
  };
}
