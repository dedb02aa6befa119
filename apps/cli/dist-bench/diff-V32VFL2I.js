import { createNameFilter, listTree, mergeTrees, treeOf } from "./chunk-EXQ5TG7M.js";
import { isSameContent } from "./chunk-YEBSOUVE.js";
import "./chunk-VJVARUCU.js";
import { withS3 } from "./chunk-2XHM337O.js";
import "./chunk-AR36GZH3.js";
import "./chunk-RBIQYZKN.js";
import "./chunk-VXJ5RBDU.js";
import "./chunk-V6QAZNIZ.js";
import "./chunk-HSRHTTG5.js";
import "./chunk-64REPC56.js";

// src/commands/transfer/diff.ts
import { loadChecksums } from "@stave/s3-checksum";
import { CliError } from "./chunk-B3FYOJ65.js";
import { printable } from "./chunk-XTRZEKZ5.js";

var marks = { "left-only": "<", "right-only": ">", differs: "!" };
var ahead = 16;
var run = (invocation) =>
  withS3(invocation, async (session) => {
    const { arguments: given, options, output, signal } = invocation;
    await loadChecksums();
    const isWanted = createNameFilter(options);
    const onSkipped = ({ name, why }) => output.warn(`left out ${printable(name)}: ${why}`);
    const left = listTree(await treeOf(session.target(given.left), session), onSkipped);
    const right = listTree(await treeOf(session.target(given.right), session), onSkipped);
    const how = { how: options.compare, signal, known: void 0 };
    const waiting = [];
    let found = 0;
    const tell = async () => {
      const difference = await waiting.shift();
      if (difference === void 0) return;
      found += 1;
      output.item(
        difference,
        () => `${marks[difference.difference]} ${printable(difference.name)}
`,
      );
    };
    for await (const { left: a, right: b } of mergeTrees(left, right)) {
      signal.throwIfAborted();
      const name = a?.name ?? b?.name ?? "";
      if (name === "" || !isWanted(name)) continue;
      const compared = compare(a, b, how);
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
async function compare(left, right, how) {
  const name = left?.name ?? right?.name ?? "";
  const sizeBytes = [left?.sizeBytes ?? null, right?.sizeBytes ?? null];
  if (left === void 0) return { difference: "right-only", name, sizeBytes };
  if (right === void 0) return { difference: "left-only", name, sizeBytes };
  return (await isSameContent(left, right, how)) ? void 0 : { difference: "differs", name, sizeBytes };
}

export { run };
//# sourceMappingURL=diff-V32VFL2I.js.map
