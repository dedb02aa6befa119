import type { Content } from "../content.ts";
import type { Address } from "../ledger.ts";
import { plainBucket, relaxedBucket, versionedBucket } from "./buckets.ts";
import type { KeyState, KnownVersion, LoadKind } from "./messages.ts";

/** One key, of one writer, so that its state is known whenever nothing is under way on it. */
export type Slot = {
  readonly address: Address;
  content: Content | undefined;
  etag: string;
  versions: readonly KnownVersion[];
};

const layout: readonly (readonly [bucket: string, count: number])[] = [
  [plainBucket, 6],
  [versionedBucket, 2],
  [relaxedBucket, 3],
];

export function createSlots({
  name,
  kind,
  keys,
}: {
  readonly name: string;
  readonly kind: LoadKind;
  readonly keys: readonly KeyState[];
}): [Slot, ...Slot[]] {
  const known = new Map(keys.map((state) => [`${state.address.bucket}/${state.address.key}`, state]));
  const slots = layout.flatMap(([bucket, count]) =>
    Array.from({ length: count }, (_, at): Slot => {
      const address = { bucket, key: `${name}/s${at}` };
      const { content, etag = "", versions = [] } = known.get(`${bucket}/${address.key}`) ?? {};
      return { address, content, etag, versions };
    }),
  );
  // Full segments of few keys: there is less to read back.
  const [first = { address: { bucket: plainBucket, key: name }, content: undefined, etag: "", versions: [] }, ...rest] =
    kind === "segments" ? slots.slice(0, 2) : slots;
  return [first, ...rest];
}
