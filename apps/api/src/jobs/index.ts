import type { AnyJob } from "./define-job.ts";

/** Every job that there is, by its type. */
export const jobs: readonly AnyJob[] = [];
