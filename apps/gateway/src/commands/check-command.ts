import { type CheckReport, checkDataDirectory, type Finding } from "@stave/object-store";
import type { DataCommand } from "./command.ts";
import { renderTable, showName } from "./render-table.ts";

const exitCode = { clean: 0, findings: 1 };

export const checkCommand: DataCommand<{ readonly quick: boolean }> = {
  name: "check",
  description:
    "Looks at everything in a data directory: every row of the index, every counter, every stored byte. Changes nothing but what each start does, the recovery after a crash. Exits with 1 when something is wrong.",
  addOptions(command) {
    command.option("--quick", "do not read the stored bytes, only look whether they are there", false);
  },
  async run(directory, { quick }) {
    const report = await checkDataDirectory(directory, { verifyBytes: !quick });
    return {
      report,
      text: render(directory, report),
      exitCode: report.findingCount === 0 ? exitCode.clean : exitCode.findings,
    };
  },
};

function render(directory: string, report: CheckReport): string {
  const table = renderTable([
    ["buckets", report.buckets],
    ["keys", report.keys],
    ["versions and delete markers", report.versions],
    ["unfinished uploads", report.uploads],
    ["their parts", report.parts],
    ["files", report.files],
    ["segments", report.segments],
    ["bytes verified", report.verifiedBytes],
    ["files that a sweep removes", report.reclaimableFiles],
    ["their bytes", report.reclaimableBytes],
    ["findings", report.findingCount],
  ]);
  const unlisted = report.findingCount - report.findings.length;
  const more = unlisted === 0 ? "" : `\nand ${unlisted.toLocaleString("en-US")} more\n`;
  return `${directory}\n\n${table}${report.findings.map(renderFinding).join("")}${more}`;
}

function renderFinding({ kind, message, bucket, key, versionId, uploadId, partNumber, file }: Finding): string {
  const where = [
    bucket === undefined && key === undefined
      ? undefined
      : [bucket ?? "?", ...(key === undefined ? [] : [key])].join("/"),
    versionId === undefined ? undefined : `version ${versionId}`,
    uploadId === undefined ? undefined : `upload ${uploadId}`,
    partNumber === undefined ? undefined : `part ${partNumber}`,
    file,
  ].filter((part) => part !== undefined);
  return `\n${[kind, ...where].map(showName).join("  ")}\n  ${showName(message)}\n`;
}
