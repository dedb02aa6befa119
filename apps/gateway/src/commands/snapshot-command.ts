import { existsSync } from "node:fs";
import { copyFile, open } from "node:fs/promises";
import { resolve } from "node:path";
import { copySqlite } from "@stave/control-database";
import { lockDataDirectory, openEmbeddedStore } from "@stave/object-store";
import { controlDatabaseFile, encryptionKeyFile } from "../control/open-control.ts";
import { UsageError } from "../process/usage-error.ts";
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
      await copyServerFiles(directory, target);
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

/**
 * What the server itself has made: without the control database the owners of all buckets would be unknown, and without the key file what
 * is encrypted could not be read. A key file that the operator keeps elsewhere stays there.
 */
async function copyServerFiles(dataDirectory: string, target: string): Promise<void> {
  if (existsSync(controlDatabaseFile(dataDirectory))) {
    copySqlite(controlDatabaseFile(dataDirectory), controlDatabaseFile(target));
  }
  const keyFile = encryptionKeyFile({ dataDirectory, encryptionKeyFile: undefined });
  if (existsSync(keyFile)) {
    const copy = encryptionKeyFile({ dataDirectory: target, encryptionKeyFile: undefined });
    await copyFile(keyFile, copy); // with its mode
    await sync(copy);
  }
  await sync(target);
}

async function sync(path: string): Promise<void> {
  const file = await open(path, "r");
  await file.sync().finally(() => file.close());
}
