import { createServiceJob } from "./create-service.ts";
import type { AnyJob } from "./define-job.ts";
import { deleteServiceJob } from "./delete-service.ts";
import { rotateServiceJob } from "./rotate-service.ts";

/** Every job that there is, by its type. */
export const jobs: readonly AnyJob[] = [createServiceJob, deleteServiceJob, rotateServiceJob];
