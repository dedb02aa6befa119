import { open } from "node:fs/promises";
import { join, relative } from "node:path";
import { decodeCommit } from "../log/commit-record.ts";
import { isBody } from "../log/read-segment.ts";
import { salvageSegment } from "../log/salvage-segment.ts";
import { readSegmentKey, type SegmentName, segmentKey, segmentPath } from "../log/segment-path.ts";
import { numbersIn } from "../numbers-in.ts";
import { decodeSegment } from "../records.ts";
import type { Inspection } from "./inspection.ts";
import { isSegmentRow } from "./row-shapes.ts";

/** After all versions have been seen: what is in use of each segment, and whether its commits can be read. */
export async function checkSegments(inspection: Inspection): Promise<void> {
  await checkLiveBytes(inspection);
  const { directory } = inspection;
  for (const epoch of await numbersIn(join(directory, "segments"))) {
    for (const segment of await numbersIn(join(directory, "segments", String(epoch)))) {
      inspection.counts.segments += 1;
      if (inspection.isReadingBytes) await checkLog(inspection, { epoch, segment });
      inspection.onProgress();
    }
  }
}

async function checkLiveBytes({ tables, findings, liveBytes, directory }: Inspection): Promise<void> {
  const placeOf = (name: SegmentName) => ({ file: relative(directory, segmentPath(directory, name)) });
  for await (const { key, value } of tables.rows("segments", isSegmentRow)) {
    const name = readSegmentKey(key);
    const place = placeOf(name);
    const counted = liveBytes.get(`${name.epoch}/${name.segment}`) ?? 0;
    if (value === undefined) findings.add("row-unreadable", place, "The row of the segment cannot be read.");
    else if (decodeSegment(value).liveBytes !== counted) {
      const said = decodeSegment(value).liveBytes;
      findings.add("live-bytes-differ", place, `The segment should have ${said} bytes in use, and has ${counted}.`);
    }
  }
  for (const [name, counted] of liveBytes) {
    const [epoch = 0, segment = 0] = name.split("/").map(Number);
    if (tables.has("segments", segmentKey({ epoch, segment }))) continue;
    findings.add(
      "live-bytes-differ",
      placeOf({ epoch, segment }),
      `The segment has ${counted} bytes in use, and no row.`,
    );
  }
}

/**
 * Behind what a power cut has torn there is nothing. An intact commit behind damage, which somebody waited for, says that it was
 * no power cut. (Where the index needed such commits its recovery was refused, and nobody has come here.)
 */
async function checkLog({ directory, findings }: Inspection, name: SegmentName): Promise<void> {
  const path = segmentPath(directory, name);
  let damagedAt: number | undefined;
  let salt: number | undefined;
  const file = await open(path, "r");
  try {
    for await (const record of salvageSegment(file)) {
      if ("holeAt" in record) {
        damagedAt ??= record.holeAt;
        continue;
      }
      salt ??= record.salt;
      if (isBody(record) || (damagedAt !== undefined && record.salt !== salt)) continue;
      if (!record.isIntact) damagedAt ??= record.start;
      else if (damagedAt !== undefined && decodeCommit(record.payload).isFlushed) {
        const message = `The log is damaged at byte ${damagedAt}, and intact commits follow.`;
        findings.add("log-unreadable", { file: relative(directory, path) }, message);
        return;
      }
    }
  } finally {
    await file.close();
  }
}
