import { z } from "@stave/api-contract";
import { Problem } from "../http/problem.ts";
import { credentialsOfKey, partiesOf, resolveWith } from "../links/resolve-link.ts";
import { showLink } from "../links/show-links.ts";
import { renderSinks } from "../sinks/render-sinks.ts";
import { defineJob, type StepContext } from "./define-job.ts";
import { makeKey, planKey, requireLink, revokeKey, tryNewKey } from "./link-steps.ts";
import { retireKey } from "./retire-key.ts";

const data = z.strictObject({
  linkId: z.string(),
  graceSeconds: z.int(),
  oldKeyId: z.string().optional(),
  accessKeyId: z.string().optional(),
  keySince: z.string().optional(),
  oldKeyExpiresAt: z.string().optional(),
  oldKeyLastUsedAt: z.string().optional(),
  needsRedeploy: z.boolean().optional(),
});

type Data = z.output<typeof data>;

/**
 * Gives a link a new key. Until every sink has it the old one is valid without an end: what cannot be brought to the application must not take away
 * what it has.
 */
export const rotateLinkJob = defineJob<Data>({
  type: "link:rotate",
  data,
  steps: [
    {
      name: "plan",
      async run(context, { linkId }) {
        const { accessKeyId: oldKeyId } = await requireLink(context, linkId);
        if (oldKeyId === undefined) throw new Problem("CONFLICT", { detail: "The link has no key of its own." });
        return { oldKeyId, accessKeyId: await planKey(context, linkId) };
      },
    },
    {
      name: "key",
      async run(context, { linkId, accessKeyId = "" }) {
        const link = await requireLink(context, linkId);
        const { bucket = "" } = link;
        await makeKey(context, { ...(await partiesOf(context, link)), link, accessKeyId, bucket });
      },
      async undo(context, { linkId, accessKeyId }) {
        const link = await context.database.as("system").links.find(linkId);
        // Once it is in force it stays: the application may have it.
        if (accessKeyId !== undefined && link?.accessKeyId !== accessKeyId) await revokeKey(context, accessKeyId);
      },
    },
    {
      name: "verify",
      async run(context, { linkId, accessKeyId = "" }) {
        const link = await requireLink(context, linkId);
        const { service } = await partiesOf(context, link);
        return { keySince: await tryNewKey(context, { service, accessKeyId, bucket: link.bucket ?? "" }) };
      },
    },
    { name: "switch", run: switchKey },
    {
      name: "sinks",
      async run(context, { linkId }) {
        await renderSinks(context, await requireLink(context, linkId));
      },
    },
    {
      name: "expire",
      async run(context, { linkId, graceSeconds, oldKeyId = "" }) {
        const end = new Date(context.now().getTime() + graceSeconds * 1000);
        const old = await context.accessKeysFor(context.actor).find(oldKeyId);
        await endOlderKeys(context, { linkId, end });
        const link = await requireLink(context, linkId);
        const { needs_redeploy: needsRedeploy } = await showLink(context, link);
        return {
          needsRedeploy,
          oldKeyExpiresAt: end.toISOString(),
          ...(old?.lastUsedAt && { oldKeyLastUsedAt: old.lastUsedAt.toISOString() }),
        };
      },
    },
  ],
  result: ({ graceSeconds: _, ...shown }) => shown,
});

/** From here on the variables have the new key. The old one is valid, and known. */
async function switchKey(context: StepContext, { linkId, oldKeyId, accessKeyId, keySince }: Data): Promise<void> {
  const { links } = context.database.as(context.actor);
  const link = await requireLink(context, linkId);
  if (link.accessKeyId === accessKeyId || accessKeyId === undefined || keySince === undefined) return;
  const { service } = await partiesOf(context, link);
  const credentials = await credentialsOfKey(context, accessKeyId);
  const { revision } = resolveWith(context, { ...link, bucket: link.bucket ?? "" }, { service, credentials });
  const previous = { previousKeyId: oldKeyId ?? null, previousUntil: null };
  const key = { accessKeyId, keySince: new Date(keySince), keyRevision: revision };
  const changed = await links.change(linkId, { ...key, ...previous }, { ifAccessKeyId: oldKeyId });
  if (changed === undefined) throw new Problem("CONFLICT", { detail: "Somebody else has rotated the key." });
}

/** All but the present one: an earlier rotation may have failed, and left its old key without an end. */
async function endOlderKeys(
  context: StepContext,
  { linkId, end }: { readonly linkId: string; readonly end: Date },
): Promise<void> {
  const { links } = context.database.as(context.actor);
  const keys = context.accessKeysFor(context.actor);
  const link = await requireLink(context, linkId);
  for (const accessKeyId of await links.keysOf(linkId)) {
    const key = accessKeyId === link.accessKeyId ? undefined : await keys.find(accessKeyId);
    if (key === undefined || key.revokedAt !== undefined) continue;
    if (key.expiresAt === undefined) await keys.expire(accessKeyId, end);
    const at = key.expiresAt ?? end;
    if (accessKeyId === link.previousKeyId) await links.change(linkId, { previousUntil: at });
    await retireKey(context, context.actor, { linkId, accessKeyId, at });
  }
}
