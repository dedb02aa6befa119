import { copyPaths, transferItem } from "./chunk-LQSRFXD5.js";
import "./chunk-AA2MRNTS.js";
import "./chunk-EXQ5TG7M.js";
import { headObject } from "./chunk-2XHM337O.js";
import { fileError } from "./chunk-VJVARUCU.js";
import "./chunk-AR36GZH3.js";
import "./chunk-RBIQYZKN.js";
import "./chunk-VXJ5RBDU.js";
import "./chunk-OOB3SXYM.js";
import "./chunk-V6QAZNIZ.js";
import "./chunk-HSRHTTG5.js";
import "./chunk-64REPC56.js";
import { CliError } from "./chunk-B3FYOJ65.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/transfer/mv.ts
import { rm } from "node:fs/promises";

// src/s3/operations/delete-object.ts
async function deleteObject(client, { bucket, key, versionId }, { ifMatch, bypassGovernance = false } = {}) {
  const { headers } = await client.send({
    method: "DELETE",
    bucket,
    key,
    query: { versionId },
    headers: {
      "if-match": ifMatch === void 0 ? void 0 : `"${ifMatch}"`,
      "x-amz-bypass-governance-retention": bypassGovernance ? "true" : void 0,
    },
  });
  return { isDeleteMarker: headers["x-amz-delete-marker"] === "true", versionId: headers["x-amz-version-id"] };
}

// src/commands/transfer/mv.ts
var run = (invocation) =>
  copyPaths(invocation, async (item, options, context) => {
    await moveItem(item, options, context);
    return "moved";
  });
async function moveItem(item, options, context) {
  const { source, target } = item;
  requireOther(source, target);
  if (source.kind === "input" || target.kind === "output") {
    throw new CliError("Usage", "A stream cannot be moved.", { next: ["stave pipe", "stave cat"] });
  }
  if (source.kind === "file") {
    await transferItem(item, options, context);
    await rm(source.path).catch((error) => {
      throw fileError(error, source.path);
    });
    return;
  }
  if (source.kind !== "object") return;
  const { etag } = await headObject(source.client, source);
  await transferItem(item, options, context);
  await deleteObject(source.client, source, { ifMatch: etag || void 0 }).catch(async (error) => {
    if (!(error instanceof CliError) || error.code !== "NotSupported") throw error;
    await deleteObject(source.client, source);
  });
}
function requireOther(source, target) {
  if (source.kind !== "object" || target.kind !== "object") return;
  const isSame =
    source.client.endpoint.url === target.client.endpoint.url &&
    source.bucket === target.bucket &&
    source.key === target.key;
  if (isSame) throw new CliError("Usage", "Source and target are the same object.");
}

export { run };
//# sourceMappingURL=mv-KSDYHEOQ.js.map
