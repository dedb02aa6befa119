import { type FileHandle, open } from "node:fs/promises";
import { CliError } from "../../command/cli-error.ts";
import { printable } from "../../output/printable.ts";
import type { FirstCredentials } from "./read-announcement.ts";

/** Where the keys of a first start go instead of the screen: as variables, for `. FILE`. */
export type CredentialsFile = {
  /** Adds what there is; without any nothing is written. */
  add(url: string, found: FirstCredentials): Promise<void>;
  close(): Promise<void>;
};

/** Opened before anything secret is made, which would be lost if it could not be kept. Throws `Usage` when others can read it. */
export async function openCredentialsFile(path: string): Promise<CredentialsFile> {
  const file = await openForAdding(path);
  const { mode } = await file.stat();
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    await file.close();
    throw new CliError("Usage", `Others can read ${printable(path)}, where keys are to be kept.`, {
      next: [`chmod 600 ${path}`],
    });
  }
  return {
    async add(url, { accessKeyId, secretAccessKey, token }) {
      const lines = [
        ...(accessKeyId === undefined || secretAccessKey === undefined
          ? []
          : [
              `AWS_ENDPOINT_URL=${url}`,
              `AWS_ACCESS_KEY_ID=${accessKeyId}`,
              `AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
            ]),
        ...(token === undefined ? [] : [`STAVE_URL=${url}`, `STAVE_TOKEN=${token}`]),
      ];
      if (lines.length === 0) return;
      await file.appendFile(`${lines.join("\n")}\n`);
      await file.sync();
    },
    close: () => file.close(),
  };
}

async function openForAdding(path: string): Promise<FileHandle> {
  try {
    return await open(path, "a", 0o600);
  } catch (error) {
    throw new CliError("Failed", `Cannot write ${printable(path)}.`, { cause: error, why: String(error) });
  }
}
