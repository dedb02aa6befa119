import { rm } from "node:fs/promises";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { printable } from "../../output/printable.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { abortMultipartUpload } from "../../s3/operations/multipart-upload.ts";
import type { S3Client } from "../../s3/s3-client.ts";
import { partialPath } from "../../transfer/download-object.ts";
import { isBusy, type Journal, journalDirectory, listJournals, removeJournal } from "../../transfer/journal.ts";
import type { transfersClear } from "./index.ts";

export const run: RunOf<typeof transfersClear> = (invocation) =>
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
        const client = await clientOf({ context: undefined });
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

async function callOff(client: S3Client, { head }: Journal): Promise<void> {
  const { bucket, key, uploadId } = head;
  if (uploadId === undefined) return;
  try {
    await abortMultipartUpload(client, { bucket, key, uploadId });
  } catch (error) {
    // Gone already, or with its bucket.
    if (!(error instanceof CliError) || error.code !== "NotFound") throw error;
  }
}
