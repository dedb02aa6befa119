import { CliError } from "../../../command/cli-error.ts";

export type LifecycleOptions = {
  readonly prefix: string | undefined;
  readonly tag: readonly [string, string] | undefined;
  readonly expireDays: number | undefined;
  readonly noncurrentDays: number | undefined;
  readonly keepVersions: number | undefined;
  readonly abortUploadsDays: number | undefined;
  readonly dropMarkers: boolean;
  readonly id: string | undefined;
};

/** One rule, as the options say it; undefined when they say nothing. */
export function lifecycleRules(options: LifecycleOptions): { readonly rules: readonly object[] } | undefined {
  const { expireDays, noncurrentDays, keepVersions, abortUploadsDays, dropMarkers, id } = options;
  if (keepVersions !== undefined && noncurrentDays === undefined) {
    throw new CliError("Usage", "--keep-versions says what --noncurrent-days leaves: it is missing.");
  }
  if (expireDays !== undefined && dropMarkers) {
    throw new CliError("Usage", "--drop-markers goes with no --expire-days: S3 has them in two rules.");
  }
  const actions = {
    ...(expireDays !== undefined && { expiration: { days: expireDays } }),
    ...(dropMarkers && { expiration: { expiredObjectDeleteMarker: true } }),
    ...(noncurrentDays !== undefined && {
      noncurrentVersionExpiration: {
        noncurrentDays,
        ...(keepVersions !== undefined && { newerNoncurrentVersions: keepVersions }),
      },
    }),
    ...(abortUploadsDays !== undefined && {
      abortIncompleteMultipartUpload: { daysAfterInitiation: abortUploadsDays },
    }),
  };
  if (Object.keys(actions).length === 0) return undefined;
  return { rules: [{ ...(id !== undefined && { id }), status: "Enabled", filter: filterOf(options), ...actions }] };
}

function filterOf({ prefix, tag: pair }: LifecycleOptions): object {
  const tag = pair && { key: pair[0], value: pair[1] };
  if (tag === undefined) return { prefix: prefix ?? "" };
  return prefix === undefined ? { tag } : { and: { prefix, tags: [tag] } };
}
