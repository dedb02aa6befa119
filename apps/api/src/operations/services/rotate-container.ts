import type { ServiceRecord } from "@stave/control-database";
import { engineOfSpec, openSpec } from "../../containers/container-spec.ts";
import { requireDocker } from "../../containers/require-docker.ts";
import type { OperationContext } from "../../context.ts";
import type { ApiAnswer } from "../../http/handler.ts";
import { Problem } from "../../http/problem.ts";
import { waitForJob } from "../../jobs/wait-for-job.ts";
import { staleLinksOf } from "../../links/stale-links.ts";
import { showService } from "../../services/show-service.ts";
import { findService } from "./find-service.ts";
import { beginReplacement, findReplaceable } from "./upgrade-service.ts";

type Answer = ApiAnswer<typeof import("@stave/api-contract").routes["rotateService"]>;

/** Engines in containers take their root key when they start: a new container, behind a health gate, and the old one back if that fails. */
export async function rotateContainer(
  context: OperationContext,
  { id, accessKeyId: previous = "" }: ServiceRecord,
  { actor }: { readonly actor: string },
): Promise<Answer> {
  const { service, container } = await findReplaceable(context, id);
  const engine = engineOfSpec(service, await openSpec(context, container));
  if (engine.rotation !== "recreate") {
    const detail = `${engine.displayName} does not take another root key from its environment.`;
    throw new Problem("UNPROCESSABLE", { detail, nextActions: ["Change the key with the engine's own tools."] });
  }
  await requireDocker(context);
  const job = await beginReplacement(context, service, { actor, wish: { reason: "rotate" } });
  const ended = await waitForJob(context, job.id);
  const rotated = await findService(context, id);
  const body = showService(context, rotated);
  if (ended === undefined) return { status: 202, headers: { location: `/api/jobs/${job.id}` }, body };
  const { previousKeyWorks } = ended.result ?? {};
  return {
    status: 200,
    headers: { location: `/api/jobs/${job.id}` },
    body: {
      service: body,
      previous_access_key: previous,
      // It ended with the container that knew it, unless the server keeps its keys.
      previous_expires_at: previousKeyWorks === true ? null : rotated.updatedAt.toISOString(),
      stale_links: [...(await staleLinksOf(context, id))],
    },
  };
}
