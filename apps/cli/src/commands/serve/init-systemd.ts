import { realpath } from "node:fs/promises";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { findServer } from "./find-server.ts";
import type { initSystemd } from "./index.ts";
import { systemdUnit } from "./systemd-unit.ts";
import { writeNewFile } from "./write-new-file.ts";

const stateDirectory = "/var/lib/stave";

export const run: RunOf<typeof initSystemd> = async ({ options, output }) => {
  const { output: path, port, apiPort, publicUrl, force } = options;
  const main = await realpath(process.argv[1] ?? "");
  if (main.includes("/_npx/")) {
    throw new CliError("NotSupported", "npx keeps stave only for a while: the unit would start nothing.", {
      next: ["npm install --global @stave/cli @stave/gateway @stave/api", "stave init systemd"],
    });
  }
  if (findServer("gateway") === undefined || findServer("api") === undefined) {
    output.warn("the servers are not installed yet: npm install --global @stave/gateway @stave/api");
  }
  const text = systemdUnit({ node: process.execPath, main, stateDirectory, port, apiPort, publicUrl });
  const next = [
    ...(text.includes("\nUser=stave\n")
      ? [`sudo useradd --system stave     # who has to be able to read ${main}`]
      : []),
    "sudo install -m 644 stave.service /etc/systemd/system/",
    "sudo systemctl daemon-reload && sudo systemctl enable --now stave",
    `sudo cat ${stateDirectory}/first-keys     # then remove it`,
    `and back up ${stateDirectory}/data/encryption_key, apart from the rest`,
  ];
  await writeNewFile({ path, text, isForced: force, next }, output);
};
