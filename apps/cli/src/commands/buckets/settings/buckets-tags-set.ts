import type { RunOf } from "../../../command/define-command.ts";
import type { tagsSet } from "./define-set.ts";
import { setSetting } from "./set-setting.ts";

export const run: RunOf<typeof tagsSet> = async (invocation) => {
  const { tag, add } = invocation.options;
  await setSetting(invocation, {
    path: "tags",
    said: tag.length === 0 ? undefined : { tags: Object.fromEntries(tag) },
    merge: add
      ? (before, added) => ({ ...(added as object), tags: { ...tagsOf(before), ...tagsOf(added) } })
      : undefined,
  });
};

function tagsOf(value: unknown): object {
  const tags = typeof value === "object" && value !== null && "tags" in value ? value.tags : undefined;
  return typeof tags === "object" && tags !== null ? tags : {};
}
