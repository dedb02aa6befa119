import type { AccountRecord } from "@stave/control-database";
import type { AccessKeyInfo, AccessKeys } from "@stave/credential-vault";
import { controlCommand } from "../control-command.ts";
import { findAccount, readAllAccounts } from "../find-account.ts";
import { renderColumns } from "../render-columns.ts";
import { describeKey, showScope, showState, showTime } from "./describe-key.ts";

const done = 0;
const pageSize = 1000;

export const listKeys = controlCommand<{ readonly account?: string; readonly all: boolean }>({
  name: "list",
  description: "Lists access keys, without their secrets.",
  addOptions(command) {
    command
      .option("--account <account>", "only those of this account: a name, e-mail address or id")
      .option("--all", "revoked ones as well", false);
  },
  async run({ accounts, keys }, options) {
    const now = new Date();
    const owners =
      options.account === undefined ? await readAllAccounts(accounts) : [await findAccount(accounts, options.account)];
    const ofId = new Map<string, AccountRecord>(owners.map((owner) => [owner.id, owner]));
    const ownerId = options.account === undefined ? undefined : owners[0]?.id;
    const found = await listAll(keys, ownerId);
    const report = found
      .filter(({ revokedAt }) => options.all || revokedAt === undefined)
      .map((info) => describeKey(info, ofId.get(info.ownerId) ?? { id: info.ownerId, displayName: info.ownerId }, now));
    const rows = report.map((key) => [
      key.accessKeyId,
      key.account.displayName,
      showScope(key.scope),
      showTime(key.createdAt),
      showTime(key.lastUsedAt),
      showState(key),
      key.description,
    ]);
    const heading = ["ID", "ACCOUNT", "MAY", "CREATED", "LAST USED", "STATE", "DESCRIPTION"];
    return { report: { keys: report }, text: renderColumns(heading, rows), exitCode: done };
  },
});

async function listAll(keys: AccessKeys, ownerId: string | undefined): Promise<readonly AccessKeyInfo[]> {
  const all: AccessKeyInfo[] = [];
  for (let after: string | undefined; ; ) {
    const page = await keys.list({
      limit: pageSize,
      ...(ownerId !== undefined && { ownerId }),
      ...(after !== undefined && { after }),
    });
    all.push(...page);
    after = page.at(-1)?.accessKeyId;
    if (page.length < pageSize) return all;
  }
}
