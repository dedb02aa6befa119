import type { EmbeddedStore } from "@stave/object-store";
import type { StateReader } from "../state-reader.ts";
import type { CrashFinding } from "./messages.ts";

/** The counters of a bucket must be what its listing of versions adds up to, and its two listings must agree. */
export async function judgeCounters(
  store: EmbeddedStore,
  { bucket, reader }: { readonly bucket: string; readonly reader: StateReader },
): Promise<readonly CrashFinding[]> {
  const findings: CrashFinding[] = [];
  const versions = (await reader.listVersions(bucket)).filter(({ isDeleteMarker }) => !isDeleteMarker);
  const latest = versions.filter(({ isLatest }) => isLatest);
  const counted = {
    objects: latest.length,
    versions: versions.length,
    sizeBytes: versions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
  const { objects, versions: kept, sizeBytes } = await store.bucketUsage(bucket);
  const usage = { objects, versions: kept, sizeBytes };
  if (JSON.stringify(usage) !== JSON.stringify(counted)) {
    const text = `the counters are ${JSON.stringify(usage)}, and the versions add up to ${JSON.stringify(counted)}`;
    findings.push({ kind: "counters", subject: bucket, text });
  }
  const listed = (await reader.list(bucket)).map(({ key, etag }) => `${key} ${etag}`);
  if (listed.join("\n") !== latest.map(({ key, etag }) => `${key} ${etag}`).join("\n")) {
    findings.push({ kind: "listing", subject: bucket, text: "the objects are not the latest versions" });
  }
  for (const { key, versionId } of versions) {
    const observation = await reader.readVersion({ bucket, key }, versionId);
    if (observation.kind === "object") continue;
    const reason = observation.kind === "failed" ? observation.reason : "it is not found";
    findings.push({ kind: "torn", subject: `${bucket}/${key}`, text: `version ${versionId} is listed: ${reason}` });
  }
  return findings;
}
