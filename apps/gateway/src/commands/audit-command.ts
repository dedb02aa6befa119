import type { AuditRecord } from "@stave/control-database";
import { UsageError } from "../process/usage-error.ts";
import { controlCommand } from "./control-command.ts";
import { parseMoment } from "./parse-time.ts";
import { showName } from "./render-table.ts";

const done = 0;
const maxLimit = 1000;

type AuditOptions = {
  readonly limit: string;
  readonly actor?: string;
  readonly action?: string;
  readonly since?: string;
};

export const auditCommand = controlCommand<AuditOptions>({
  name: "audit",
  description:
    "Shows who has changed accounts, keys, secrets and the settings of buckets, newest first. Nobody can change what is on record.",
  addOptions(command) {
    command
      .option("--limit <n>", "how many entries", "50")
      .option("--actor <actor>", "only by this one: the id of an account, `command line: NAME`, …")
      .option("--action <action>", "only this: access-key:revoke, s3:PutBucketPolicy, …")
      .option("--since <time>", "only from then on: 24h, a date, or a date and time with its zone");
  },
  async run({ control }, { limit, actor, action, since }) {
    if (!/^[1-9]\d{0,3}$/.test(limit) || Number(limit) > maxLimit) {
      throw new UsageError(`--limit: Expected a whole number from 1 to ${maxLimit}. See --help.`);
    }
    const entries = await control.database.audit.list({
      limit: Number(limit),
      ...(actor !== undefined && { actor }),
      ...(action !== undefined && { action }),
      ...(since !== undefined && { since: parseMoment("--since", since, { now: new Date(), direction: "back" }) }),
    });
    return { report: { entries }, text: entries.map(showEntry).join(""), exitCode: done };
  },
});

function showEntry({ at, actor, action, subject, details }: AuditRecord): string {
  const shown = Object.entries(details).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${at.toISOString()}  ${[actor, action, subject, shown.join(" ")].map(showName).join("  ").trimEnd()}\n`;
}
