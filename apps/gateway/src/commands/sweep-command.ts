import { lockDataDirectory, type SweepReport, sweepDataDirectory } from "@stave/object-store";
import type { DataCommand } from "./command.ts";
import { renderTable } from "./render-table.ts";

const done = 0;

/** The server sweeps when it starts; this is for a directory that no server is to be started on. */
export const sweepCommand: DataCommand<{ readonly dryRun: boolean }> = {
  name: "sweep",
  description: "Removes what servers that were cut off have left half-way. A server does the same when it starts.",
  addOptions(command) {
    command.option("--dry-run", "only count", false);
  },
  async run(directory, { dryRun }) {
    const lock = await lockDataDirectory(directory, { mustExist: true });
    try {
      const report = await sweepDataDirectory(directory, { dryRun });
      return { report, text: `${directory}\n\n${renderTable(rowsOf(report))}`, exitCode: done };
    } finally {
      await lock.release();
    }
  },
};

function rowsOf(report: SweepReport) {
  return [
    ["files without an object", report.orphanFiles],
    ["their bytes", report.orphanBytes],
    ["segments with nothing in use", report.deadSegments],
    ["their bytes", report.deadSegmentBytes],
    ["marks of readers that are gone", report.stalePins],
  ] as const;
}
