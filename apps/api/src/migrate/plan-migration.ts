import { Problem } from "../http/problem.ts";
import { engineAbilities } from "../transfer/engine-abilities.ts";
import { type MigrationPlan, type MigrationWork, type NotCarried, notCarried } from "./migration-work.ts";
import { planBucket, sourceBuckets } from "./plan-buckets.ts";
import { linksOfService } from "./plan-links.ts";

/** Looks at all of the source, and tries the target out. */
export async function planMigration(work: MigrationWork): Promise<MigrationPlan> {
  const { source, target, options, signal } = work;
  const target_abilities = await engineAbilities(target.client, { signal });
  const names = await sourceBuckets(work);
  const { blockers, links } = await planLinks(work);
  blockers.push(...wrongNames(options.bucket_names, names));
  const not_carried: NotCarried[] = [
    notCarried(
      "identity",
      "Objects get new modification times, and versions new ids. Lifecycle rules count from then on.",
    ),
    notCarried("acl", "Grants name accounts of the source's engine. Unfinished uploads and keys of people stay, too."),
  ];
  if (!target_abilities.tags) not_carried.push(notCarried("tags", "The target has no tags of objects."));
  if (!target_abilities.multipart) {
    const reason = "The target does not give back what was uploaded in parts: objects above 5 GiB cannot be carried.";
    not_carried.push(notCarried("multipart", reason));
  }
  const buckets: MigrationPlan["buckets"] = [];
  for (const name of names) {
    const planned = await planBucket(work, name, target_abilities);
    buckets.push(planned.bucket);
    not_carried.push(...planned.lost);
    blockers.push(...planned.blockers);
    await work.context.progress({ done: buckets.length, total: names.length, message: "buckets looked at" });
  }
  const fence = source.service.engine === "stave" ? "read-only" : "none";
  const sum = (of: "objects" | "delete_markers" | "bytes") => buckets.reduce((total, bucket) => total + bucket[of], 0);
  return {
    buckets,
    objects: sum("objects"),
    delete_markers: sum("delete_markers"),
    bytes: sum("bytes"),
    links,
    target_abilities,
    fence,
    not_carried,
    blockers,
    warnings:
      fence === "none"
        ? ["The source cannot be made read-only from here: stop who writes to it before the switch."]
        : [],
  };
}

export function refuseBlocked({ blockers }: MigrationPlan): void {
  if (blockers.length > 0) throw new Problem("CONFLICT", { detail: blockers.slice(0, 20).join(" ") });
}

async function planLinks({ context, source, target, options }: MigrationWork) {
  const blockers: string[] = [];
  const links: MigrationPlan["links"] = [];
  const table = context.database.as("system").links;
  for await (const { id, projectId, environment, bucket, status, credentials } of linksOfService(
    context,
    source.service.id,
  )) {
    links.push({ link_id: id, project_id: projectId, environment, bucket: bucket ?? null });
    if (status !== "active") blockers.push(`The link to ${environment} of a project is ${status}: wait for it.`);
    if ((await table.findOf({ serviceId: target.service.id, projectId, environment })) !== undefined) {
      blockers.push(`The target is linked to ${environment} of a project that the source is linked to.`);
    }
    if (target.service.engine !== "stave" && credentials === "own" && !options.use_service_credentials) {
      blockers.push("Keys of the target cannot be made here: send use_service_credentials, or unlink the projects.");
    }
  }
  return { blockers: [...new Set(blockers)], links };
}

function wrongNames(renamed: Readonly<Record<string, string>>, names: readonly string[]): string[] {
  const unknown = Object.keys(renamed).filter((name) => !names.includes(name));
  const targets = names.map((name) => renamed[name] ?? name);
  const twice = targets.filter((name, at) => targets.indexOf(name) !== at);
  return [
    ...unknown.map((name) => `The source has no bucket ${name}.`),
    ...new Set(twice.map((name) => `Two buckets would be ${name} in the target.`)),
  ];
}
