import type { Readable } from "node:stream";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatBytes } from "../../output/format-values.ts";
import { saveStream } from "../../output/save-stream.ts";
import type { backupsDownload } from "./index.ts";

const tellEveryMs = 1000;

export const run: RunOf<typeof backupsDownload> = async ({ api, arguments: given, options, output, signal }) => {
  const { backup: id, file = `${id}.tar.zst` } = given;
  if (file === "-" && "isTTY" in output.raw && output.raw.isTTY === true) {
    throw new CliError("Usage", "An archive is nothing for a terminal.", {
      next: [`stave backups download ${id} FILE`, `stave backups download ${id} - | tar --zstd -t`],
    });
  }
  const client = await api();
  const begin = async () => {
    const headers = { accept: "application/zstd" };
    const { body } = await client.call("get /api/backups/{id}/download", { params: { id }, headers });
    return body as Readable;
  };
  const tell = teller(output);
  const { sizeBytes } = await saveStream(begin, {
    file,
    isReplaced: options.force,
    output,
    signal,
    onBytes: tell,
    broken: (cause) =>
      new CliError("Network", "The download has broken off.", {
        why: "The connection was cut, or the backup is damaged. Nothing of it was kept.",
        next: [`stave backups verify ${id}`, "and download it again"],
        cause,
      }),
  });
  output.note(`Downloaded ${formatBytes(sizeBytes)}${file === "-" ? "" : ` to ${file}`}.`);
  if (file !== "-") output.result({ id, file, sizeBytes }, () => "");
};

/** How much there is by now, for who watches: how much it will be nobody knows before it is compressed. */
function teller({ isTerminal, note }: { readonly isTerminal: boolean; note(text: string): void }) {
  const start = performance.now();
  let sum = 0;
  let toldAt = start;
  return (count: number): void => {
    sum += count;
    const at = performance.now();
    if (!isTerminal || at - toldAt < tellEveryMs) return;
    toldAt = at;
    note(`${formatBytes(sum)}, ${formatBytes(sum / ((at - start) / 1000))}/s`);
  };
}
