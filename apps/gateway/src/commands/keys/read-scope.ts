import type { AccountRecord, ControlTables } from "@stave/control-database";
import { PolicyError, parseScope, type Scope } from "@stave/s3-policy";
import { UsageError } from "../../process/usage-error.ts";

export type ScopeOptions = {
  readonly access?: string;
  readonly bucket?: string;
  readonly prefix?: string;
  readonly project?: string;
  readonly from?: readonly string[];
};

type Surroundings = { readonly projects: ControlTables["projects"]; readonly account: AccountRecord };

/** What the options limit a key to; undefined when none does. Throws a {@link UsageError}. */
export async function readScope(options: ScopeOptions, around: Surroundings): Promise<Scope | undefined> {
  const { access, bucket, prefix, project, from } = options;
  if (prefix !== undefined && bucket === undefined) {
    throw new UsageError("--prefix: Expected --bucket as well. See --help.");
  }
  if (project !== undefined && bucket !== undefined) {
    throw new UsageError("--project and --bucket cannot be used together. See --help.");
  }
  if ([access, bucket, project, from].every((option) => option === undefined)) return undefined;
  const target = project === undefined ? { bucket, prefix } : { project: await idOfProject(project, around) };
  const isNarrowed = bucket !== undefined || project !== undefined;
  try {
    return parseScope({
      access: access ?? "full",
      ...(isNarrowed && { on: withoutAbsent(target) }),
      ...(from !== undefined && { sourceNetworks: from }),
    });
  } catch (error) {
    if (error instanceof PolicyError) throw new UsageError(`${error.message}. See --help.`, { cause: error });
    throw error;
  }
}

/** Names can be given to another project one day. */
async function idOfProject(named: string, { projects, account }: Surroundings): Promise<string> {
  const project = await projects.find(named);
  if (project === undefined) throw new UsageError(`There is no project ${JSON.stringify(named)}.`);
  if (project.accountId === account.id) return project.id;
  throw new UsageError(
    `The project ${JSON.stringify(named)} is of another account (${project.accountId}): name that with --account.`,
  );
}

function withoutAbsent(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
