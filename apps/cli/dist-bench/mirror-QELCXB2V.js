import { formatPlace, hasSettings, readSettings, startRun, transferItem } from "./chunk-LQSRFXD5.js";
import "./chunk-AA2MRNTS.js";
import { childrenOf, nameOf, readAnswer, textOf, withS3 } from "./chunk-2XHM337O.js";
import {
  createNameFilter,
  createPathGuard,
  listTree,
  mergeTrees,
  planEntry,
  requireApart,
  treeOf,
} from "./chunk-EXQ5TG7M.js";
import { document, fileError, leaf } from "./chunk-VJVARUCU.js";
import { isSameContent } from "./chunk-YEBSOUVE.js";
import "./chunk-AR36GZH3.js";
import "./chunk-RBIQYZKN.js";
import { formatBytes } from "./chunk-OOB3SXYM.js";
import { formatTarget } from "./chunk-VXJ5RBDU.js";
import "./chunk-V6QAZNIZ.js";
import "./chunk-HSRHTTG5.js";
import "./chunk-64REPC56.js";
import { CliError } from "./chunk-B3FYOJ65.js";
import "./chunk-XTRZEKZ5.js";

// src/s3/operations/delete-objects.ts
import { createHash } from "node:crypto";
// src/transfer/mirror-once.ts
import { rm } from "node:fs/promises";

var maxDeleteObjects = 1e3;
async function deleteObjects(client, { bucket, objects, bypassGovernance = false }) {
  if (objects.length > maxDeleteObjects) throw new TypeError(`Expected at most ${maxDeleteObjects} \`objects\``);
  const content = objects.map(({ key, versionId }) => {
    const version = versionId === void 0 ? "" : leaf("VersionId", versionId);
    return `<Object>${leaf("Key", key)}${version}</Object>`;
  });
  const body = document("Delete", `${leaf("Quiet", true)}${content.join("")}`);
  const answer = await client.send({
    method: "POST",
    bucket,
    query: { delete: "" },
    body,
    isRepeatable: true,
    headers: {
      "content-type": "application/xml",
      "content-md5": createHash("md5").update(body).digest("base64"),
      "x-amz-bypass-governance-retention": bypassGovernance ? "true" : void 0,
    },
  });
  return childrenOf(readAnswer(answer, "DeleteResult", nameOf({ bucket })), "Error").map((error) => ({
    key: textOf(error, "Key") ?? "",
    versionId: textOf(error, "VersionId") || void 0,
    code: textOf(error, "Code") ?? "",
    message: textOf(error, "Message") ?? "",
  }));
}

// src/transfer/mirror-once.ts
async function mirrorOnce(invocation, options) {
  const { parallel, isResumable, isDelete } = options;
  const run2 = await startRun(invocation, { parallel, isResumable, isSingle: false });
  const extra = [];
  let sources = 0;
  try {
    await run2.tasks(
      planMirror(invocation, options, {
        run: run2,
        onSource: () => {
          sources += 1;
        },
        onExtra: (entry) => {
          if (isDelete) extra.push(entry);
        },
      }),
    );
    if (extra.length > 0) await removeExtra(extra, { sources, run: run2 }, options);
  } finally {
    run2.finish();
  }
}
async function* planMirror(
  { signal },
  { source, target, isWanted, compare, known, isDryRun, copying },
  { run: run2, onSource, onExtra },
) {
  const onSkipped = ({ name, why, isFailure }) => run2.skip(name, why, { isFailure });
  const guard = target.kind === "directory" ? createPathGuard(target.path) : async () => {};
  const existing = target.kind === "directory" ? listIfThere(target, onSkipped) : listTree(target, onSkipped);
  for await (const { left, right } of mergeTrees(listTree(source, onSkipped), existing)) {
    if (left === void 0) {
      if (right !== void 0 && right.name !== "" && isWanted(right.name)) onExtra(right);
      continue;
    }
    if (!isWanted(left.name)) continue;
    onSource();
    const planned = await planEntry(left, target, guard);
    if (planned === void 0) continue;
    if ("error" in planned) {
      run2.skip(formatPlace(left.place), messageOf(planned.error), { isFailure: true });
      continue;
    }
    yield {
      source: formatPlace(planned.source),
      target: formatPlace(planned.target),
      sizeBytes: planned.sizeBytes,
      async run(context) {
        if (right !== void 0 && (await isSameContent(left, right, { how: compare, signal, known }))) return "same";
        if (isDryRun) return "planned";
        await transferItem(planned, { ...copying, ifNoneMatch: void 0 }, context);
        return "copied";
      },
    };
  }
}
async function* listIfThere(tree, onSkipped) {
  try {
    yield* listTree(tree, ({ isFailure, ...skipped }) => isFailure && onSkipped({ ...skipped, isFailure }));
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "NotFound") throw error;
  }
}
async function removeExtra(extra, { sources, run: run2 }, options) {
  if (run2.summary.failed > 0) return;
  if (sources === 0) {
    throw new CliError("Conflict", "Nothing was removed: the source is empty.", {
      why: `All ${extra.length} objects of the target would go, as they would when a disk is not mounted.`,
      next: [`stave rm --recursive ${options.targetName}`],
    });
  }
  const sizeBytes = extra.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  const task = (entry, work) => ({
    source: formatPlace(entry.place),
    target: "removed",
    sizeBytes: entry.sizeBytes,
    run: work,
  });
  if (options.isDryRun) return await run2.tasks(extra.map((entry) => task(entry, async () => "planned")));
  await options.confirm(
    `${extra.length} objects (${formatBytes(sizeBytes)}) that are only in ${options.targetName} would be removed.`,
    options.targetName,
  );
  const { target } = options;
  if (target.kind === "directory") {
    return await run2.tasks(extra.map((entry) => task(entry, () => removeFile(entry))));
  }
  for (let at = 0; at < extra.length; at += maxDeleteObjects) {
    const batch = extra.slice(at, at + maxDeleteObjects);
    const objects = batch.map(({ name }) => ({ key: `${target.prefix}${name}` }));
    const failures = await deleteObjects(target.client, { bucket: target.bucket, objects });
    const failed = new Map(failures.map(({ key, code, message }) => [key, `${message} (${code})`]));
    await run2.tasks(
      batch.map((entry) =>
        task(entry, async () => {
          const why = failed.get(`${target.prefix}${entry.name}`);
          if (why !== void 0) throw new CliError("Failed", why);
          return "removed";
        }),
      ),
    );
  }
}
async function removeFile({ place }) {
  if (place.kind !== "file") throw new TypeError("Expected a file");
  await rm(place.path).catch((error) => {
    throw fileError(error, place.path);
  });
  return "removed";
}
function messageOf(error) {
  if (!(error instanceof CliError)) return String(error);
  return error.why === void 0 ? error.message : `${error.message} ${error.why}`;
}

// src/transfer/wait-for-change.ts
import { watch } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

var settleMs = 300;
async function waitForChange(source, { signal, intervalSeconds }) {
  if (source.kind === "prefix") {
    await sleep(intervalSeconds * 1e3, void 0, { signal });
    return;
  }
  const stop = new AbortController();
  const events = watch(source.path, { recursive: true, signal: AbortSignal.any([signal, stop.signal]) });
  for await (const _ of events) break;
  stop.abort();
  await sleep(settleMs, void 0, { signal });
}

// src/commands/transfer/mirror.ts
var run = (invocation) =>
  withS3(invocation, async (session) => {
    const { arguments: given, options, output, prompts, globals, signal } = invocation;
    if (options.delete && !options.dryRun && !globals.isYes && !prompts.canAsk) {
      throw new CliError("Usage", "--yes is missing: --delete removes what is only in the target.", {
        next: [`stave mirror ${given.source} ${given.target} --delete --dry-run`],
      });
    }
    const source = await treeOf(session.target(given.source), session);
    const target = await treeOf(session.target(given.target), session);
    requireApart(source, target);
    requireApart(target, source);
    if (source.kind === "directory" && target.kind === "directory") {
      throw new CliError("Usage", "One of the two has to be in S3: s3://BUCKET/PREFIX.");
    }
    const known = /* @__PURE__ */ new Map();
    const pass = () =>
      mirrorOnce(invocation, {
        source,
        target,
        targetName: target.kind === "directory" ? target.path : formatTarget({ ...target, key: target.prefix }),
        isWanted: createNameFilter(options),
        compare: options.compare,
        known: options.watch ? known : void 0,
        isDelete: options.delete,
        isDryRun: options.dryRun,
        parallel: options.parallel,
        isResumable: !options.noResume,
        copying: { settings: readSettings(options), hasSettings: hasSettings(options) },
        confirm: (question, name) => prompts.confirmByName(question, name),
      });
    if (!options.watch) return await pass();
    for (;;) {
      await pass().catch((error) => {
        if (signal.aborted || !(error instanceof CliError)) throw error;
        output.warn(error.message);
      });
      await waitForChange(source, { signal, intervalSeconds: options.interval });
    }
  });

export { run };
//# sourceMappingURL=mirror-QELCXB2V.js.map
