import { UsageError } from "../../process/usage-error.ts";
import { type CommandControl, controlCommand } from "../control-command.ts";
import { renderTable, showName } from "../render-table.ts";
import { describeKey, type KeyReport, showScope, showState } from "./describe-key.ts";

const done = 0;

export const showKey = controlCommand({
  name: "show",
  description: "Shows all that is known of an access key, but not its secret.",
  addOptions(command) {
    command.argument("<id>", "the access key id");
  },
  async run(control, _options, { args: [accessKeyId = ""] }) {
    const report = await reportKey(control, accessKeyId);
    return { report, text: showReport(report), exitCode: done };
  },
});

/** Throws a {@link UsageError} for a key that there is not. */
export async function reportKey({ accounts, keys }: CommandControl, accessKeyId: string): Promise<KeyReport> {
  const info = await keys.find(accessKeyId);
  if (info === undefined) throw new UsageError(`There is no access key ${JSON.stringify(accessKeyId)}.`);
  const owner = await accounts.find(info.ownerId);
  return describeKey(info, owner ?? { id: info.ownerId, displayName: info.ownerId }, new Date());
}

function showReport(report: KeyReport): string {
  return renderTable([
    ["id", report.accessKeyId],
    ["account", `${showName(report.account.displayName)} (${report.account.id})`],
    ["description", showName(report.description)],
    ["may", showName(showScope(report.scope))],
    ["state", showState(report)],
    ["replaced by", report.replacedBy ?? "-"],
    ["created", report.createdAt],
    ["expires", report.expiresAt ?? "never"],
    ["last used", report.lastUsedAt ?? "never"],
  ]);
}
