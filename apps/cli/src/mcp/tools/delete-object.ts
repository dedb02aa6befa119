import { z } from "zod";
import { bucket, dryRun, inService, key, storageService, versionId } from "../inputs.ts";
import { defineTool } from "../tool.ts";

export const deleteObject = defineTool({
  name: "delete_object",
  tier: "destructive",
  description:
    "Deletes one object; in a bucket with versions it can be brought back unless a versionId is named. With dry_run, which is on when not said, it only tells what would go.",
  input: z.strictObject({ service: storageService, bucket, key, versionId: versionId.optional(), dry_run: dryRun }),
  isUntrusted: true,
  isIdempotent: true,
  operations: ["getObjectMetadata", "getBucket", "deleteObject"],
  async run({ api }, { service, bucket: name, key: objectKey, versionId: version, dry_run: isDry }) {
    const params = { bucket: name, key: objectKey };
    const query = { ...inService(service), ...(version !== undefined && { versionId: version }) };
    const [{ body: object }, { body: found }] = await Promise.all([
      api.call("get /api/storage/buckets/{bucket}/metadata/objects/{key+}", { params, query }),
      api.call("get /api/storage/buckets/{bucket}", { params: { bucket: name }, query: inService(service) }),
    ]);
    const canBeBroughtBack = found.data.versioning === "enabled" && version === undefined;
    const { sizeBytes, lastModified, versionId: newest } = object.data;
    const goes = {
      bucket: name,
      key: objectKey,
      versionId: version ?? newest,
      sizeBytes,
      lastModified,
      canBeBroughtBack,
    };
    if (isDry) return { dry_run: true, wouldGo: goes };
    await api.call("delete /api/storage/buckets/{bucket}/objects/{key+}", { params, query });
    return { dry_run: false, deleted: goes };
  },
});
