import { formatProperties, formatTable } from "../../output/format-table.ts";
import { formatTime } from "../../output/format-values.ts";
import type { Link } from "./find-link.ts";

type Time = { readonly now: Date; readonly isAbsolute: boolean };

export function formatLink(link: Link, time: Time): string {
  const { service, project, previous_key: old } = link;
  return formatProperties({
    Service: `${service.name} (id ${service.id})`,
    Project: `${project.name} (${project.slug})`,
    Environment: link.environment,
    Status: link.status,
    Bucket: link.bucket,
    "Access key": link.access_key_id,
    "Last used": formatTime(link.key_last_used_at, time),
    Prefix: link.prefix === "" ? "none" : link.prefix,
    Endpoint: link.endpoint,
    Credentials: link.credentials === "own" ? "its own" : "those of the service",
    ...(old !== null && {
      "Previous key": `${old.access_key_id}, ${old.expires_at === null ? "valid until it is retired" : `until ${old.expires_at}`}`,
    }),
    Redeploy: link.needs_redeploy ? "needed" : "not needed",
    Sinks: link.sinks.length === 0 ? "none" : link.sinks.map((sink) => `${sink.kind} (${stateOf(sink)})`).join(", "),
    Created: link.created_at,
  });
}

export function formatLinks(links: readonly Link[]): string {
  return formatTable(links, [
    { title: "SERVICE", of: ({ service }) => service.slug },
    { title: "PROJECT", of: ({ project }) => project.slug },
    { title: "ENVIRONMENT", of: ({ environment }) => environment },
    { title: "STATUS", of: ({ status }) => status },
    { title: "BUCKET", of: ({ bucket }) => bucket },
    { title: "ACCESS KEY", of: ({ access_key_id }) => access_key_id },
    { title: "REDEPLOY", of: ({ needs_redeploy }) => (needs_redeploy ? "needed" : "no") },
  ]);
}

export function formatSinks(sinks: Link["sinks"], time: Time): string {
  return formatTable(sinks, [
    { title: "ID", of: ({ id }) => id },
    { title: "KIND", of: ({ kind }) => kind },
    { title: "WHERE", of: ({ settings }) => whereOf(settings) },
    { title: "STATE", of: stateOf },
    { title: "WRITTEN", of: ({ rendered_at }) => formatTime(rendered_at, time) },
  ]);
}

function stateOf({ error, is_current }: Link["sinks"][number]): string {
  if (error !== null) return `failed: ${error}`;
  return is_current ? "current" : "not written yet";
}

function whereOf({ path, namespace, name, url }: Link["sinks"][number]["settings"]): string {
  if (path !== undefined) return String(path);
  return url === undefined ? `${String(namespace)}/${String(name)}` : String(url);
}
