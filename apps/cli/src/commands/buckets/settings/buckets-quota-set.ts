import type { RunOf } from "../../../command/define-command.ts";
import type { quotaSet } from "./define-set.ts";
import { setSetting } from "./set-setting.ts";

export const run: RunOf<typeof quotaSet> = async (invocation) => {
  const { maxSize, maxVersions } = invocation.options;
  const said = {
    ...(maxSize !== undefined && { maxSizeBytes: maxSize }),
    ...(maxVersions !== undefined && { maxVersions }),
  };
  await setSetting(invocation, {
    path: "quota",
    said: Object.keys(said).length === 0 ? undefined : said,
    // What is stored is shown beside the limits, and is not to be set.
    merge: (before, added) => ({ ...withoutUsage(before), ...withoutUsage(added) }),
  });
};

function withoutUsage(quota: unknown): object {
  if (typeof quota !== "object" || quota === null) return {};
  const { usage: _, ...limits } = quota as { readonly usage?: unknown };
  return limits;
}
