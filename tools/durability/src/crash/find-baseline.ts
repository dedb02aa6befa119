import { findSource } from "../judge-key.ts";
import type { Cut, Operation, Standing } from "../ledger.ts";
import type { ListedVersion, StateReader } from "../state-reader.ts";
import { bucketNames, versionedBucket } from "./buckets.ts";
import type { RoundCut } from "./build-cut.ts";
import type { KeyState, KnownVersion } from "./messages.ts";

/** What is in a store that was found to be right: the next round begins with it, and knows what has become of every operation. */
export async function findBaseline({ cut }: RoundCut, reader: StateReader): Promise<readonly KeyState[]> {
  const states: KeyState[] = [];
  const standings = cut.standings();
  for (const bucket of bucketNames) {
    const listed = bucket === versionedBucket ? await reader.listVersions(bucket) : [];
    const versions = Map.groupBy(listed, ({ key }) => key);
    for (const standing of standings.filter(({ address }) => address.bucket === bucket)) {
      states.push(await readState(standing, { cut, reader, listed: versions.get(standing.address.key) ?? [] }));
    }
  }
  return states;
}

type Look = { readonly cut: Cut; readonly reader: StateReader; readonly listed: readonly ListedVersion[] };

async function readState(standing: Standing, { cut, reader, listed }: Look): Promise<KeyState> {
  const { address, history } = standing;
  const seen = await reader.read(address);
  const versions: KnownVersion[] = [];
  for (const { versionId, isDeleteMarker } of listed.toReversed()) {
    const version = isDeleteMarker ? undefined : await reader.readVersion(address, versionId);
    const content = version?.kind === "object" ? sourceOf(cut, history, version.body) : undefined;
    versions.push({ versionId, content });
  }
  return {
    address,
    content: seen.kind === "object" ? sourceOf(cut, history, seen.body) : undefined,
    etag: seen.kind === "object" ? seen.etag : "",
    versions,
  };
}

function sourceOf(cut: Cut, history: readonly Operation[], body: Buffer): Operation["content"] {
  const source = findSource(cut, history, body);
  if (source?.content === undefined) throw new Error("Expected bytes that the judge knows");
  return source.content;
}
