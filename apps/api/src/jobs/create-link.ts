import { DeleteBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import { z } from "@stave/api-contract";
import type { ServiceRecord } from "@stave/control-database";
import { Problem } from "../http/problem.ts";
import { bucketNames } from "../links/bucket-names.ts";
import { isBucketThere, makeBucket } from "../links/make-bucket.ts";
import { credentialsOfKey, partiesOf, resolveWith } from "../links/resolve-link.ts";
import { nameOfS3Error, tryKey, withS3Client } from "../links/try-key.ts";
import { serviceCredentials } from "../services/service-credentials.ts";
import { defineJob, type StepContext } from "./define-job.ts";
import { makeKey, planKey, requireLink, revokeKey, tryNewKey } from "./link-steps.ts";

const data = z.strictObject({
  linkId: z.string(),
  bucket: z.string().optional(),
  hasMadeBucket: z.boolean().optional(),
  accessKeyId: z.string().optional(),
  keySince: z.string().optional(),
});

type Data = z.output<typeof data>;

/** Completes a link whose row is there: its bucket, its key, which is tried, and then its variables. */
export const createLinkJob = defineJob<Data>({
  type: "link:create",
  data,
  steps: [
    {
      name: "reserve",
      async run(context, { linkId }) {
        const link = await requireLink(context, linkId);
        const bucket = await reserveBucket(context, linkId);
        return { bucket, ...(link.credentials === "own" && { accessKeyId: await planKey(context, linkId) }) };
      },
      async undo(context, { linkId, bucket }) {
        const link = await context.database.as("system").links.find(linkId);
        if (link === undefined || bucket === undefined) return;
        const { buckets } = context.database.as(context.actor).links;
        const of = { serviceId: link.serviceId, bucket };
        if ((await buckets.find(of))?.isMade === false) await buckets.forget(of);
      },
    },
    {
      name: "bucket",
      async run(context, { linkId, bucket = "" }) {
        const link = await requireLink(context, linkId);
        const { service } = await partiesOf(context, link);
        const { buckets } = context.database.as(context.actor).links;
        const of = { serviceId: service.id, bucket };
        const wasMade = (await buckets.find(of))?.isMade === true;
        await withRoot(context, service, (client) => makeBucket(client, { bucket, region: service.region }));
        // What scopes of the project open are buckets of this installation: elsewhere the name is another's here.
        await buckets.noteMade(of, { isOfProject: service.engine === "stave" });
        return { hasMadeBucket: !wasMade };
      },
      undo: takeBack,
    },
    {
      name: "key",
      async run(context, { linkId, bucket = "", accessKeyId }) {
        if (accessKeyId === undefined) return;
        const link = await requireLink(context, linkId);
        await makeKey(context, { ...(await partiesOf(context, link)), link, accessKeyId, bucket });
      },
      async undo(context, { accessKeyId }) {
        if (accessKeyId !== undefined) await revokeKey(context, accessKeyId);
      },
    },
    {
      name: "verify",
      async run(context, { linkId, bucket = "", accessKeyId }) {
        const { service } = await partiesOf(context, await requireLink(context, linkId));
        if (accessKeyId !== undefined) return { keySince: await tryNewKey(context, { service, accessKeyId, bucket }) };
        await tryKey(context, { service, credentials: await serviceCredentials(context, service), bucket });
        return {};
      },
    },
    {
      name: "activate",
      async run(context, { linkId, bucket = "", accessKeyId, keySince }) {
        const { links } = context.database.as(context.actor);
        if (accessKeyId === undefined || keySince === undefined) {
          await links.change(linkId, { status: "active", bucket });
          return;
        }
        const link = await requireLink(context, linkId);
        const { service } = await partiesOf(context, link);
        const credentials = await credentialsOfKey(context, accessKeyId);
        const { revision } = resolveWith(context, { ...link, bucket }, { service, credentials });
        const key = { accessKeyId, keySince: new Date(keySince), keyRevision: revision };
        await links.change(linkId, { status: "active", bucket, ...key });
      },
    },
  ],
  result: ({ linkId, bucket }) => ({ linkId, bucket }),
  async failed({ database, actor }, { linkId }) {
    await database.as(actor).links.remove(linkId);
  },
});

/** The first name that is this environment's already, or nobody's. */
async function reserveBucket(context: StepContext, linkId: string): Promise<string> {
  const link = await requireLink(context, linkId);
  const { service, project } = await partiesOf(context, link);
  const { buckets } = context.database.as(context.actor).links;
  const { serviceId, projectId, environment } = link;
  const isOurs = (found: { readonly projectId: string; readonly environment: string }) =>
    found.projectId === projectId && found.environment === environment;
  return await withRoot(context, service, async (client) => {
    for (const bucket of bucketNames({ projectId, slug: project.name, environment })) {
      const found = await buckets.find({ serviceId, bucket });
      if (found !== undefined && isOurs(found)) return bucket;
      if (found !== undefined || (await isBucketThere(client, bucket))) continue;
      if (await buckets.reserve({ serviceId, bucket, projectId, environment })) return bucket;
    }
    throw new Problem("CONFLICT", { detail: "All names that the bucket could have are taken." });
  });
}

async function withRoot<Result>(
  context: StepContext,
  service: ServiceRecord,
  work: (client: S3Client) => Promise<Result>,
): Promise<Result> {
  return await withS3Client(context, { service, credentials: await serviceCredentials(context, service) }, work);
}

/** Only a bucket that this job has made, and that nobody has used. */
async function takeBack(context: StepContext, { linkId, bucket, hasMadeBucket }: Data): Promise<void> {
  const link = await context.database.as("system").links.find(linkId);
  if (link === undefined || bucket === undefined || hasMadeBucket !== true) return;
  const { service } = await partiesOf(context, link);
  await withRoot(context, service, async (client) => {
    try {
      await client.send(new DeleteBucketCommand({ Bucket: bucket }));
    } catch (error) {
      const name = nameOfS3Error(error);
      if (name === "BucketNotEmpty") return;
      if (name !== "NoSuchBucket") throw error;
    }
    await context.database.as(context.actor).links.buckets.forget({ serviceId: service.id, bucket });
  });
}
