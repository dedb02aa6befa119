import { existsSync } from "node:fs";
import { copyFile, open } from "node:fs/promises";
import { resolve } from "node:path";
import { lockDataDirectory, openEmbeddedStore } from "@stave/object-store";
import { UsageError } from "../process/usage-error.ts";
import { usersFile } from "../process/users-file.ts";
import type { DataCommand } from "./command.ts";
import { renderTable } from "./render-table.ts";

const done = 0;

export const snapshotCommand: DataCommand<{ readonly to: string }> = {
  name: "snapshot",
  description:
    "Makes a second data directory with the same contents. On one file system both share unchanging files by hard links: for a backup, copy it to another disk.",
  addOptions(command) {
    command.requiredOption("--to <dir>", "the new directory, empty or absent");
  },
  async run(directory, { to }) {
    if (to === "") throw new UsageError("--to: Expected a value. See --help.");
    const target = resolve(to);
    const lock = await lockDataDirectory(directory, { mustExist: true });
    try {
      const store = await openEmbeddedStore({ directory });
      const report = await store.snapshot(target).finally(() => store.close());
      await copyAccounts(directory, target);
      const table = renderTable([
        ["files", report.files],
        ["segments", report.segments],
        ["of these, linked", report.linked],
        ["bytes", report.sizeBytes],
        ["missing, see check", report.missing],
      ]);
      return { report, text: `${target}\n\n${table}`, exitCode: done };
    } finally {
      await lock.release();
    }
  },
};

/** Those that the first start made: without them the owners of all buckets would be unknown. */
async function copyAccounts(dataDirectory: string, target: string): Promise<void> {
  const accounts = usersFile({ usersFile: undefined, dataDirectory });
  if (!existsSync(accounts)) return;
  const copy = usersFile({ usersFile: undefined, dataDirectory: target });
  await copyFile(accounts, copy); // with its mode
  for (const path of [copy, target]) {
    const file = await open(path, "r");
    await file.sync().finally(() => file.close());
  }
}
