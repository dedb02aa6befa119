import type { ControlTables, ProjectRecord } from "@stave/control-database";
import { UsageError } from "../../process/usage-error.ts";

/** By name or id. Throws a {@link UsageError}. */
export async function findProject(projects: ControlTables["projects"], named: string): Promise<ProjectRecord> {
  const found = await projects.find(named);
  if (found === undefined) throw new UsageError(`There is no project ${JSON.stringify(named)}.`);
  return found;
}

/** A bucket need not be there yet. */
export function readBucketName(name: string): string {
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) return name;
  throw new UsageError(`Expected the name of a bucket, got ${JSON.stringify(name)}. See --help.`);
}
