import { confirmLoss } from "../../command/confirm-loss.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { findSchedule } from "./find-schedule.ts";
import type { schedulesRemove } from "./schedules.ts";

export const run: RunOf<typeof schedulesRemove> = async (invocation) => {
  const { api, arguments: given, options, output } = invocation;
  const client = await api();
  const schedule = await findSchedule(client, given.schedule);
  const { id, name } = schedule;
  const goOn = await confirmLoss(invocation, {
    shown: { Schedule: id, Name: name, Service: schedule.serviceId, Cron: schedule.cron },
    data: schedule,
    question: "No backups are made by it any more; those that there are stay.",
    name,
    isForced: options.force,
    isDryRun: options.dryRun,
  });
  if (!goOn) return;
  await client.call("delete /api/backups/schedules/{id}", { params: { id } });
  output.note(`Removed the schedule ${printable(name)}.`);
  output.result({ id, name }, () => "");
};
