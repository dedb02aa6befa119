import type { AccountRecord, ControlTables } from "@stave/control-database";
import { UsageError } from "../process/usage-error.ts";

type Accounts = ControlTables["accounts"];

const pageSize = 1000;

/** All of them: there are as many as people and services that own buckets. */
export async function readAllAccounts(accounts: Accounts): Promise<readonly AccountRecord[]> {
  const all: AccountRecord[] = [];
  for (let after: string | undefined; ; ) {
    const page = await accounts.list({ after, limit: pageSize });
    all.push(...page);
    after = page.at(-1)?.id;
    if (page.length < pageSize) return all;
  }
}

/**
 * The account with this id, e-mail address or name; without any of them the only one that there is. Throws a {@link UsageError} when it is
 * none or several.
 */
export async function findAccount(accounts: Accounts, named: string | undefined): Promise<AccountRecord> {
  if (named === undefined)
    return onlyOne(await readAllAccounts(accounts), "--account: Expected an account, for there are");
  const found = (await accounts.find(named)) ?? (await accounts.findByEmail(named));
  if (found !== undefined) return found;
  const ofName = (await readAllAccounts(accounts)).filter(({ displayName }) => displayName === named);
  if (ofName.length === 0) throw new UsageError(`There is no account ${JSON.stringify(named)}.`);
  return onlyOne(ofName, `Expected the id of an account: with the name ${JSON.stringify(named)} there are`);
}

const maxShown = 5;

function onlyOne(candidates: readonly AccountRecord[], problem: string): AccountRecord {
  const [first, ...others] = candidates;
  if (first !== undefined && others.length === 0) return first;
  const shown = candidates.slice(0, maxShown).map(({ id, displayName }) => `${JSON.stringify(displayName)} (${id})`);
  const rest = candidates.length > maxShown ? " …" : "";
  throw new UsageError(`${problem} ${candidates.length}: ${shown.join(", ")}${rest}. See --help.`);
}
