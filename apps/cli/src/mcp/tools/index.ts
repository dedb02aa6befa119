import type { Tool } from "../tool.ts";
import { createBucket } from "./create-bucket.ts";
import { createKey } from "./create-key.ts";
import { deleteBucket } from "./delete-bucket.ts";
import { deleteObject } from "./delete-object.ts";
import { explainRequest } from "./explain-request.ts";
import { getJob } from "./get-job.ts";
import { getObject } from "./get-object.ts";
import { getService } from "./get-service.ts";
import { headObject } from "./head-object.ts";
import { linkService } from "./link-service.ts";
import { listBuckets } from "./list-buckets.ts";
import { listObjects } from "./list-objects.ts";
import { listServices } from "./list-services.ts";
import { presign } from "./presign.ts";
import { putObject } from "./put-object.ts";
import { removeService } from "./remove-service.ts";
import { revokeKey } from "./revoke-key.ts";
import { rotate } from "./rotate.ts";
import { searchDocs } from "./search-docs.ts";
import { status } from "./status.ts";
import { usage } from "./usage.ts";

/** Every tool there is, in the order in which they are listed. */
export const tools: readonly Tool[] = [
  status,
  listServices,
  getService,
  listBuckets,
  listObjects,
  headObject,
  getObject,
  usage,
  explainRequest,
  getJob,
  searchDocs,
  createBucket,
  putObject,
  presign,
  createKey,
  linkService,
  rotate,
  deleteObject,
  deleteBucket,
  revokeKey,
  removeService,
];
