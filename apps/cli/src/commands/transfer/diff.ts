import { loadChecksums } from "@stave/s3-checksum";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { type Entry, listTree, mergeTrees } from "../../transfer/list-tree.ts";
import { createNameFilter } from "../../transfer/name-filter.ts";
import { treeOf } from "../../transfer/plan-copies.ts";
import { isSameContent, type SameOptions } from "../../transfer/same-content.ts";
import type { Skipped } from "../../transfer/walk-files.ts";
import type { diff } from "./index.ts";

type Difference = {
  readonly difference: "left-only" | "right-only" | "differs";
  readonly name: string;
  readonly sizeBytes: readonly [left: number | null, right: number | null];
};

const marks = { "left-only": "<", "right-only": ">", differs: "!" } as const;

/** Compared at the same time, told in their order. */
const ahead = 16;

export const run: RunOf<typeof diff> = (invocation) =>
  withS3(invocation, async (session) => {
    const { arguments: given, options, output, signal } = invocation;
    await loadChecksums();
    const isWanted = createNameFilter(options);
    const onSkipped = ({ name, why }: Skipped) => output.warn(`left out ${printable(name)}: ${why}`);
    const left = listTree(await treeOf(session.target(given.left), session), onSkipped);
    const right = listTree(await treeOf(session.target(given.right), session), onSkipped);
    const how: SameOptions = { how: options.compare, signal, known: undefined };
    const waiting: Promise<Difference | undefined>[] = [];
    let found = 0;
    const tell = async () => {
      const difference = await waiting.shift();
      if (difference === undefined) return;
      found += 1;
      output.item(difference, () => `${marks[difference.difference]} ${printable(difference.name)}\n`);
    };
    for await (const { left: a, right: b } of mergeTrees(left, right)) {
      signal.throwIfAborted();
      const name = a?.name ?? b?.name ?? "";
      if (name === "" || !isWanted(name)) continue;
      const compared = compare(a, b, how);
      // It is looked at in its turn.
      compared.catch(() => {});
      waiting.push(compared);
      if (waiting.length >= ahead) await tell();
    }
    while (waiting.length > 0) await tell();
    if (found > 0) {
      throw new CliError("Failed", `${found === 1 ? "One differs" : `${found} differ`}.`, {
        next: [`stave mirror ${given.left} ${given.right} --dry-run`],
      });
    }
  });

async function compare(
  left: Entry | undefined,
  right: Entry | undefined,
  how: SameOptions,
): Promise<Difference | undefined> {
  const name = left?.name ?? right?.name ?? "";
  const sizeBytes = [left?.sizeBytes ?? null, right?.sizeBytes ?? null] as const;
  if (left === undefined) return { difference: "right-only", name, sizeBytes };
  if (right === undefined) return { difference: "left-only", name, sizeBytes };
  return (await isSameContent(left, right, how)) ? undefined : { difference: "differs", name, sizeBytes };
}
