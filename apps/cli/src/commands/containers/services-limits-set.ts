import type { CallAnswer, Routes } from "@stave/api-contract";
import type { ApiClient } from "../../api/api-client.ts";
import { jobOf } from "../../api/job-of.ts";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatTable } from "../../output/format-table.ts";
import { printable } from "../../output/printable.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import { resolveService } from "../services/resolve-service.ts";
import { formatLimits, onlyMember } from "./format-limits.ts";
import type { servicesLimitsSet } from "./index.ts";
import { orNoContainer } from "./or-no-container.ts";

type Invocation = Parameters<RunOf<typeof servicesLimitsSet>>[0];
type Outcome = CallAnswer<Routes["changeServiceResources"]>["body"]["applied"][number];

export const run: RunOf<typeof servicesLimitsSet> = async (invocation) => {
  const { api, options, output } = invocation;
  const { force, recreate } = options;
  const client = await api();
  const id = await resolveService(invocation, client);
  const body = await readChange(options, client, id);
  const query = force ? ({ force: "true" } as const) : {};
  const { body: changed } = await orNoContainer(
    client.call("patch /api/external-services/{id}/resources", { params: { id }, query, body }),
    { client, id },
  );
  const isRecreated = recreate && changed.applied.some((one) => one.recreate !== null);
  if (isRecreated) await recreateNow(invocation, client, id);
  const { memory, swap, cpus } = formatLimits(changed.limits);
  output.note(`Memory ${memory}, swap ${swap}, CPU ${cpus}.`);
  output.result({ ...changed, recreated: isRecreated }, () =>
    formatTable(changed.applied, [
      { title: "CONTAINER", of: ({ container_name }) => container_name },
      { title: "OUTCOME", of: ({ outcome }) => outcome },
      { title: "ABOUT", of: (one) => (isRecreated ? "It runs in a new container: exact." : explain(one)) },
    ]),
  );
  const failed = changed.applied.find(({ outcome }) => outcome === "failed");
  if (failed !== undefined && !isRecreated) {
    throw new CliError("Failed", `The limits of ${failed.container_name} are stored, and not in force.`, {
      why: failed.error ?? undefined,
      next: [`stave services runtime ${id}`, `stave services limits set ${id} … --force`],
    });
  }
  if (!isRecreated && changed.applied.some((one) => one.recreate !== null)) {
    output.note(`Exact after: stave services recreate ${id}`);
  }
};

/** The API counts swap with the memory, people on top of it. */
async function readChange({ memory, swap, cpus, shm }: Invocation["options"], { call }: ApiClient, id: number) {
  if ([memory, swap, cpus, shm].every((value) => value === undefined)) {
    throw new CliError("Usage", "No limit is named.", { next: ["stave services limits set my-storage --memory 512"] });
  }
  const change = {
    ...(memory !== undefined && { memory_mb: memory }),
    ...(cpus !== undefined && { nano_cpus: cpus }),
    ...(shm !== undefined && { shm_size_mb: shm }),
  };
  if (swap === undefined) return change;
  const total = memory === undefined ? await memoryOf(call, id) : memory;
  if (total === null) {
    if (swap === 0) return { ...change, memory_swap_mb: null };
    throw new CliError("Usage", "Swap is on top of a memory limit, and there is none.", {
      next: [`stave services limits set ${id} --memory 512 --swap ${swap}`],
    });
  }
  return { ...change, memory_swap_mb: total + swap };
}

async function memoryOf(call: ApiClient["call"], id: number): Promise<number | null> {
  const { body } = await call("get /api/external-services/{id}/runtime", { params: { id } });
  return onlyMember(body).configured_limits.memory_mb;
}

async function recreateNow(invocation: Invocation, client: ApiClient, id: number): Promise<void> {
  const answer = await client.call("post /api/external-services/{id}/recreate", { params: { id } });
  const job = jobOf(answer);
  if (job !== undefined) await waitForJob(invocation, client, job);
}

function explain({ outcome, exact, error }: Outcome): string {
  if (error !== null) return printable(error);
  if (outcome === "stopped") return "In force from its next start.";
  if (outcome === "missing") return "There is no container; the next one has them.";
  if (outcome === "requires_recreate") return "In force in a new container only.";
  return exact ? "In force." : "In force as far as Docker can while it runs: all that the machine has.";
}
