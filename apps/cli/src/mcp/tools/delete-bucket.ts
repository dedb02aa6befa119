import { z } from "zod";
import { CliError } from "../../command/cli-error.ts";
import { bucket, dryRun, inService, storageService } from "../inputs.ts";
import { defineTool } from "../tool.ts";

const shownKeys = 10;

export const deleteBucket = defineTool({
  name: "delete_bucket",
  tier: "destructive",
  description:
    "Deletes an empty bucket with its settings and credentials. One that holds anything is refused: emptying it is for the person (stave buckets delete NAME --with-objects). With dry_run, which is on when not said, it only tells what would go.",
  input: z.strictObject({ service: storageService, bucket, dry_run: dryRun }),
  isUntrusted: true,
  isIdempotent: true,
  operations: ["getBucket", "listObjectVersions", "deleteBucket"],
  async run({ api }, { service, bucket: name, dry_run: isDry }) {
    const params = { bucket: name };
    const query = inService(service);
    const [{ body: found }, { body: versions }] = await Promise.all([
      api.call("get /api/storage/buckets/{bucket}", { params, query }),
      api.call("get /api/storage/buckets/{bucket}/versions", { params, query: { ...query, limit: shownKeys } }),
    ]);
    const holds = versions.data.map(({ key, versionId, sizeBytes }) => ({ key, versionId, sizeBytes }));
    if (isDry) return { dry_run: true, wouldGo: found.data, isEmpty: holds.length === 0, holds };
    if (holds.length > 0) {
      throw new CliError("Conflict", "The bucket is not empty.", {
        why: "Only empty buckets are deleted here.",
        next: [`Ask the person; they can run: stave buckets delete ${name} --with-objects`],
      });
    }
    await api.call("delete /api/storage/buckets/{bucket}", { params, query });
    return { dry_run: false, deleted: found.data };
  },
});
