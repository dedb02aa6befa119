import { listAll } from "../../api/list-all.ts";
import { confirmLoss } from "../../command/confirm-loss.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import type { destinationsRemove } from "./destinations.ts";
import { findDestination } from "./find-destination.ts";
import { listSchedules } from "./find-schedule.ts";
import { placeOf } from "./place-of.ts";

export const run: RunOf<typeof destinationsRemove> = async (invocation) => {
  const { api, arguments: given, options, output } = invocation;
  const client = await api();
  const destination = await findDestination(client, given.destination);
  const { id, name } = destination;
  const [backups, schedules] = await Promise.all([
    listAll((query) => client.call("get /api/backups", { query: { ...query, destination: id } })),
    listSchedules(client),
  ]);
  const neededBy = {
    backups: backups.length,
    schedules: schedules.filter(({ destinationId }) => destinationId === id).map((schedule) => schedule.name),
  };
  const goOn = await confirmLoss(invocation, {
    shown: {
      Destination: id,
      Name: name,
      Place: placeOf(destination),
      "Backups there": neededBy.backups,
      Schedules: neededBy.schedules.length === 0 ? null : neededBy.schedules.join(", "),
    },
    data: { ...destination, neededBy },
    question: "It is forgotten.",
    name,
    isForced: options.force,
    isDryRun: options.dryRun,
  });
  if (!goOn) return;
  await client.call("delete /api/backups/destinations/{id}", { params: { id } });
  output.note(`Removed the destination ${printable(name)}.`);
  output.result({ id, name }, () => "");
};
