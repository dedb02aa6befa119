import { withS3 } from "./chunk-2XHM337O.js";
import { abortMultipartUpload, partialPath } from "./chunk-VJVARUCU.js";
import "./chunk-AR36GZH3.js";
import { isBusy, journalDirectory, listJournals, removeJournal } from "./chunk-RBIQYZKN.js";
import "./chunk-VXJ5RBDU.js";
import "./chunk-V6QAZNIZ.js";
import "./chunk-HSRHTTG5.js";
import "./chunk-64REPC56.js";

// src/commands/transfer/transfers-clear.ts
import { rm } from "node:fs/promises";
import { CliError } from "./chunk-B3FYOJ65.js";
import { printable } from "./chunk-XTRZEKZ5.js";

var run = (invocation) =>
  withS3(invocation, async ({ clientOf }) => {
    const { environment, output } = invocation;
    const journals = await listJournals(journalDirectory(environment));
    let cleared = 0;
    let others = 0;
    for (const journal of journals) {
      const { kind, endpoint, path } = journal.head;
      if (isBusy(journal.head)) {
        output.warn(`${printable(path)} is at work at this moment.`);
        continue;
      }
      if (kind === "download") await rm(partialPath(journal.head, path), { force: true });
      else {
        const client = await clientOf({ context: void 0 });
        if (client.endpoint.url !== endpoint) {
          others += 1;
          output.warn(
            `${printable(path)}: its upload is at ${endpoint}, name it with --endpoint, --profile or --service.`,
          );
          continue;
        }
        await callOff(client, journal);
      }
      await removeJournal(journal.file);
      cleared += 1;
    }
    output.note(`${cleared} called off.`);
    output.result({ cleared, left: others }, () => "");
  });
async function callOff(client, { head }) {
  const { bucket, key, uploadId } = head;
  if (uploadId === void 0) return;
  try {
    await abortMultipartUpload(client, { bucket, key, uploadId });
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== "NotFound") throw error;
  }
}

export { run };
//# sourceMappingURL=transfers-clear-PFFFFJEJ.js.map
