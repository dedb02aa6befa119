import type { RunOf } from "../../command/define-command.ts";
import { version } from "../../version.ts";
import { composeFile } from "./compose-file.ts";
import type { initCompose } from "./index.ts";
import { writeNewFile } from "./write-new-file.ts";

export const run: RunOf<typeof initCompose> = async ({ options, output }) => {
  const { output: path, port, apiPort, publicUrl, force } = options;
  const text = composeFile({ version, port, apiPort, publicUrl: publicUrl ?? `http://127.0.0.1:${port}` });
  const next = [
    "docker compose up --detach",
    "docker compose exec stave cat first-keys     # then remove it",
    "and back up data/encryption_key of the volume, apart from the rest",
  ];
  await writeNewFile({ path, text, isForced: force, next }, output);
};
