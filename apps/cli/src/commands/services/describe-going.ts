import type { CallAnswer, Routes } from "@stave/api-contract";
import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import { formatProperties } from "../../output/format-table.ts";
import { formatBytes } from "../../output/format-values.ts";
import type { Link } from "../links/find-link.ts";
import { listLinksOfService } from "../links/list-links.ts";

type Plan = Extract<CallAnswer<Routes["deleteService"]>, { readonly status: 200 }>["body"];

/** What goes with a service. */
export type Going = Plan & {
  readonly links: readonly { readonly project: string; readonly environment: string; readonly bucket: string | null }[];
};

export type RemoveQuery = {
  readonly force: "true" | "false";
  readonly backups: "keep" | "delete";
  readonly volume?: "keep" | "remove";
};

export async function findGoing(client: ApiClient, id: number, query: RemoveQuery): Promise<Going> {
  const params = { id };
  const answer = await client.call("delete /api/external-services/{id}", {
    params,
    query: { ...query, dry_run: "true" },
  });
  if (answer.status !== 200) throw new CliError("Failed", "The server did not say what would go.");
  const links = await listLinksOfService(client, id);
  const { objects, bytes } = await count(client, answer.body);
  return { ...answer.body, objects, bytes, links: links.map(describeLink) };
}

function describeLink({ project, environment, bucket }: Link): Going["links"][number] {
  return { project: project.slug, environment, bucket };
}

/** Of the built-in engine the gateway has counted what the answer leaves open. */
async function count({ call }: ApiClient, { objects, bytes, service }: Plan) {
  if (objects !== null || service.engine !== "stave") return { objects, bytes };
  try {
    const { body } = await call("get /api/usage");
    const counted = body.data.services.find(({ id }) => id === service.id);
    return counted === undefined ? { objects, bytes } : { objects: counted.versions, bytes: counted.sizeBytes };
  } catch (error) {
    // Without a running gateway nobody knows: that is said, and is no reason to stop.
    if (error instanceof CliError && error.code === "Network") return { objects, bytes };
    throw error;
  }
}

const maxNames = 10;

/** A line for each kind of thing, with counts. */
export function describeGoing(going: Going, { withBackups }: { readonly withBackups: boolean }): string {
  const { service, buckets, objects, bytes, links, access_keys, containers, volumes, networks, backups } = going;
  const full = buckets.filter(({ is_empty }) => !is_empty).length;
  const backupBytes = backups.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  const backupsGo = withBackups ? "which go, too" : "which are kept; --with-backups removes them";
  const names = list(buckets.map(({ name }) => name));
  return formatProperties({
    Service: `${service.name} (id ${service.id}, ${service.engine})`,
    Buckets: buckets.length === 0 ? "none" : `${buckets.length}, ${full} with objects: ${names}`,
    Objects: objects ?? unknown(going),
    Bytes: bytes === null ? unknown(going) : formatBytes(bytes),
    Links: links.length === 0 ? "none" : list(links.map(({ project, environment }) => `${project} (${environment})`)),
    ...(access_keys.length > 0 && { "Access keys": list(access_keys) }),
    ...(containers.length > 0 && { Container: list(containers) }),
    ...(volumes.length > 0 && { Volume: list(volumes) }),
    ...(networks.length > 0 && { Network: list(networks) }),
    Backups: backups.length === 0 ? "none" : `${backups.length} (${formatBytes(backupBytes)}), ${backupsGo}`,
  });
}

function unknown({ buckets }: Going): string {
  return buckets.every(({ is_empty }) => is_empty) ? "none" : "not counted";
}

function list(names: readonly string[]): string {
  const rest = names.length - maxNames;
  return `${names.slice(0, maxNames).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
