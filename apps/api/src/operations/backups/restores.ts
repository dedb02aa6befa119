import { randomBytes } from "node:crypto";
import { ownEngineNames, quotaTiers, type StaveParameters, serviceParameters, type z } from "@stave/api-contract";
import { requireBackup } from "../../backups/open-backup.ts";
import { openDestinationOf } from "../../backups/open-destination.ts";
import { planRestore } from "../../backups/plan-restore.ts";
import { orEnd } from "../../backups/problems.ts";
import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { orProblem } from "../../http/or-problem.ts";
import { Problem } from "../../http/problem.ts";
import { parsePart } from "../../http/validate.ts";
import { slugOf } from "../../services/slug-of.ts";
import { prepareContainerService } from "../services/create-container-service.ts";
import { findService } from "../services/find-service.ts";
import { readCursor, toPage } from "./page.ts";
import { showRestore } from "./show.ts";

type Operations = Pick<
  Handlers,
  "listRestores" | "getRestore" | "planRestore" | "restoreBackup" | "getRestoreCapabilities"
>;

const planMs = 110_000;
const maxNameLength = 63;

export function restoreOperations(context: OperationContext): Operations {
  const { database, config, wakeJobs, stopping } = context;
  const { restores: reading, services } = database.as("system");

  return {
    async listRestores({ query: { limit, cursor, service, backup } }) {
      const filter = { serviceId: service, backupId: backup };
      const found = await reading.list({ ...filter, before: readCursor(cursor), limit: limit + 1 });
      return { status: 200, body: toPage(found, limit, showRestore) };
    },
    async getRestore({ params }) {
      const restore = await reading.find(params.id);
      if (restore === undefined) throw new Problem("NOT_FOUND", { detail: "There is no such restore." });
      return { status: 200, body: { data: showRestore(restore) } };
    },
    async planRestore({ params, body }) {
      const backup = await requireBackup(context, params.id);
      if (backup.state !== "completed") {
        throw new Problem("CONFLICT", { detail: `Only a completed backup is restored: this one is ${backup.state}.` });
      }
      const { mode } = body;
      const client = await whoSees(body, backup.serviceId);
      const bucketSuffix = body.mode === "new_service" ? (body.bucketSuffix ?? "") : "";
      const signal = AbortSignal.any([stopping, AbortSignal.timeout(planMs)]);
      const store = await openDestinationOf(context, backup.destinationId);
      try {
        const plan = await planRestore({ backup, store, mode, bucketSuffix, client, signal });
        const data = {
          ...plan,
          buckets: plan.buckets.map((bucket) => ({
            ...bucket,
            settings: [...bucket.settings],
            unreadSettings: [...bucket.unreadSettings],
          })),
          keptBuckets: [...plan.keptBuckets],
          notes: [...plan.notes],
          blockers: [...plan.blockers],
        };
        return { status: 200, body: { data } };
      } catch (error) {
        const ended = orEnd(error, signal);
        if (ended instanceof Problem) throw ended;
        const detail = "The service or the destination did not answer in time.";
        throw new Problem("UNAVAILABLE", { detail, cause: error });
      } finally {
        store.close();
      }
    },
    async restoreBackup({ caller, params, body }) {
      const backup = await requireBackup(context, params.id);
      const { restores } = database.as(caller.actor);
      const needed = body.mode === "in_place" ? "services:write" : "services:create";
      if (!caller.permissions.has(needed)) {
        throw new Problem("PERMISSION_DENIED", { detail: `This needs the permission ${needed}.` });
      }
      const to = body.mode === "in_place" ? await inPlace(body.confirm) : await newService(body);
      const bucketSuffix = body.mode === "new_service" ? (body.bucketSuffix ?? "") : "";
      const data = { ...to.data, bucketSuffix };
      const begun = await orProblem(restores.begin({ backupId: params.id, to: to.target, data }));
      wakeJobs();
      const headers = { location: `/api/jobs/${begun.job.id}` };
      return { status: 202, headers, body: { data: showRestore(begun) } };

      async function inPlace(confirm: string) {
        const service = await findService(context, backup.serviceId);
        if (confirm !== service.name) {
          const detail = `Objects of ${service.name} are replaced and deleted: expected its name as confirm.`;
          const errors = [{ pointer: "/confirm", code: "not_confirmed", message: detail }];
          throw new Problem("UNPROCESSABLE", { detail, errors });
        }
        return { target: { serviceId: service.id }, data: {} };
      }
    },
    async getRestoreCapabilities({ params }) {
      const { name, status } = await findService(context, params.id);
      return {
        status: 200,
        body: {
          restore_in_place: status === "running",
          restore_to_new_service: true,
          pitr: false,
          earliest_pitr_time: null,
          latest_pitr_time: null,
          suggested_new_service_name: await freeName(name),
        },
      };
    },
  };

  /** What is there already is seen with the keys of the service; whether a name is taken, with any of the engine. Undefined: there is nothing yet. */
  async function whoSees(body: Parameters<Operations["planRestore"]>[0]["body"], ofBackup: number) {
    if (body.mode === "new_service" && body.engine !== "stave") return undefined;
    const service = body.mode === "in_place" ? await findService(context, ofBackup) : await services.find(1);
    if (service === undefined) throw new Problem("CONFLICT", { detail: "There is no service to look from." });
    return await context.clients.clientOf(service);
  }

  async function newService({
    name,
    parameters,
  }: {
    readonly name: string;
    readonly parameters: Readonly<Record<string, unknown>>;
  }) {
    const { engine: asked = "stave" } = parameters;
    const engine = ownEngineNames.find((known) => known === asked);
    if (engine === undefined) throw unusable("engine", `Expected engine to be one of ${ownEngineNames.join(", ")}.`);
    if ("buckets" in parameters) throw unusable("buckets", "Expected no buckets: those of the backup are made.");
    const read = <Schema extends z.ZodType>(schema: Schema) => parsePart(schema, parameters, "/parameters");
    if (engine === "stave") return newStave(name, read(serviceParameters.stave));
    const { service, options, ports } = await prepareContainerService(context, {
      name,
      parameters: read(serviceParameters[engine]),
    });
    return { target: { service, options }, data: { container: { ports } } };
  }

  function newStave(name: string, parameters: StaveParameters) {
    const { region = config.region, quota_tier, quota_bytes = quota_tier && quotaTiers[quota_tier] } = parameters;
    if (region !== config.region) throw unusable("region", `The built-in engine is in the region ${config.region}.`);
    const slug = slugOf(name);
    const { public_endpoint: publicEndpoint } = parameters;
    const service = {
      name,
      slug,
      engine: "stave",
      status: "creating",
      region,
      parameters: { ...(quota_bytes !== undefined && { quota_bytes }) },
      ...(publicEndpoint !== undefined && { publicEndpoint }),
    } as const;
    const data = {
      accountId: randomBytes(32).toString("hex"),
      displayName: `service-${slug}`,
      ...(quota_bytes !== undefined && { quotaBytes: quota_bytes }),
    };
    return { target: { service }, data };
  }

  function unusable(field: string, message: string): Problem {
    const errors = [{ pointer: `/parameters/${field}`, code: "invalid_value", message }];
    return new Problem("INVALID_REQUEST", { detail: message, errors });
  }

  async function freeName(name: string): Promise<string> {
    for (let number = 1; ; number += 1) {
      const end = number === 1 ? "-restored" : `-restored-${number}`;
      const suggested = `${name.slice(0, maxNameLength - end.length)}${end}`;
      if ((await services.findBySlug(slugOf(suggested))) === undefined) return suggested;
    }
  }
}
