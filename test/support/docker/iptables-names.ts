import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NetworkSlot } from "./network-slot.ts";

const commands = ["iptables", "ip6tables"];

/**
 * A folder for the front of a dockerd's PATH. A dockerd removes all chains that are named as its own when it starts, those of every other
 * dockerd on the machine included; through these commands its chains have names of their own, and the policy of the machine stays.
 */
export function writeIptablesNames(directory: string, { chain }: NetworkSlot): string {
  const bin = join(directory, "bin");
  mkdirSync(bin, { recursive: true });
  for (const command of commands) {
    const real = spawnSync("sh", ["-c", `command -v ${command}`], { encoding: "utf8" }).stdout.trim();
    if (real === "") continue;
    const path = join(bin, command);
    writeFileSync(
      path,
      `#!/bin/bash\ncase " $* " in *" -P "*) exit 0 ;; esac\nexec ${real} "\${@//DOCKER/${chain}}"\n`,
    );
    chmodSync(path, 0o755);
  }
  return bin;
}

/** Removes what a dockerd leaves in the tables when it stops. */
export function removeIptablesRules({ chain, range }: NetworkSlot, bridges: readonly string[]): void {
  const isOurs = new RegExp(`\\b(${[chain, ...bridges].join("|")})\\b|\\b${range.replaceAll(".", "\\.")}`);
  for (const command of commands) {
    for (const table of ["nat", "filter"]) {
      const rules = rulesOf(command, table).filter((rule) => isOurs.test(rule));
      const change = (rule: string) => spawnSync("sh", ["-c", `${command} --wait -t ${table} ${rule}`]);
      // A chain can be removed when nothing is in it and nothing leads to it.
      for (const rule of rules) if (rule.startsWith("-A ")) change(rule.replace("-A ", "-D "));
      for (const rule of rules) if (rule.startsWith("-N ")) change(rule.replace("-N ", "-F "));
      for (const rule of rules) if (rule.startsWith("-N ")) change(rule.replace("-N ", "-X "));
    }
  }
}

export function rulesOf(command: string, table: string): readonly string[] {
  try {
    return execFileSync(command, ["--wait", "-t", table, "-S"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).split("\n");
  } catch {
    return []; // no such command, or no such table in this kernel
  }
}
