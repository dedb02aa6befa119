import type { CallAnswer, Routes } from "@stave/api-contract";
import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import { formatBytes } from "../../output/format-values.ts";
import { listProjects } from "../projects/list-projects.ts";
import { listServices, type Service } from "../services/list-services.ts";

export type Permissions = ReadonlySet<string>;
type Usage = CallAnswer<Routes["getUsage"]>["body"]["data"];
type Health = CallAnswer<Routes["getServiceHealthBatch"]>["body"][number];
type Job = CallAnswer<Routes["listJobs"]>["body"]["data"][number];

/** What there is, as far as one may see it: null is not permitted, or not known. */
export type State = {
  readonly permissions: Permissions;
  /** It counts what is stored: when it is away, nobody knows. */
  readonly gateway: "up" | "away" | null;
  readonly services: readonly Service[] | null;
  readonly health: readonly Health[];
  readonly usage: Usage | null;
  readonly projects: number | null;
  readonly failedJobs: readonly Job[];
};

export async function readState(client: ApiClient, permissions: Permissions): Promise<State> {
  const maySee = (permission: string) => permissions.has(permission);
  const [usage, services, projects, failedJobs] = await Promise.all([
    maySee("services:read") ? readUsage(client) : undefined,
    maySee("services:read") ? listServices(client) : null,
    maySee("projects:read") ? listProjects(client) : null,
    maySee("jobs:read") ? readFailedJobs(client) : [],
  ]);
  return {
    permissions,
    gateway: usage === undefined ? null : usage === "away" ? "away" : "up",
    services,
    health: services === null ? [] : await readHealth(client, services),
    usage: usage === undefined || usage === "away" ? null : usage,
    projects: projects?.length ?? null,
    failedJobs,
  };
}

async function readUsage({ call }: ApiClient): Promise<Usage | "away"> {
  try {
    return (await call("get /api/usage")).body.data;
  } catch (error) {
    if (error instanceof CliError && error.serverCode === "UNAVAILABLE") return "away";
    throw error;
  }
}

const batchSize = 200;

async function readHealth({ call }: ApiClient, services: readonly Service[]): Promise<readonly Health[]> {
  const found: Health[] = [];
  for (let at = 0; at < services.length; at += batchSize) {
    const ids = services.slice(at, at + batchSize).map(({ id }) => id);
    const { body } = await call("get /api/external-services/health-status-batch", { query: { ids: ids.join(",") } });
    found.push(...body);
  }
  return found;
}

async function readFailedJobs({ call }: ApiClient): Promise<readonly Job[]> {
  const { body } = await call("get /api/jobs", { query: { state: "failed", limit: 20 } });
  return body.data;
}

/** Lines for people. */
export function describeState({ gateway, services, usage, projects }: State): Readonly<Record<string, string>> {
  const running = services?.filter(({ status }) => status === "running").length;
  return {
    Gateway: gateway ?? "not known: that needs services:read",
    ...(services !== null && { Services: `${services.length}, ${running} running` }),
    ...(projects !== null && { Projects: String(projects) }),
    ...(usage !== null && {
      Stored: `${usage.total.objects} objects in ${usage.total.buckets} buckets, ${formatBytes(usage.total.sizeBytes)} with all versions`,
    }),
  };
}
