import { fileKind, manifestKind, segmentKind } from "../blob-ref.ts";
import type {
  BucketRow,
  ManifestRow,
  MessageRow,
  PartRow,
  QueueRow,
  SegmentRow,
  UploadRow,
  VersionRow,
} from "../records.ts";

// What rows look like when nothing has happened to them. Everywhere else they are trusted.

type Shape = (value: unknown) => boolean;

const integer: Shape = (value) => Number.isSafeInteger(value);
const count: Shape = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const text: Shape = (value) => typeof value === "string";
const oneOf =
  (...values: readonly unknown[]): Shape =>
  (value) =>
    values.includes(value);
const either =
  (...shapes: readonly Shape[]): Shape =>
  (value) =>
    shapes.some((shape) => shape(value));
const orNull = (shape: Shape): Shape => either(oneOf(null), shape);
const tuple =
  (...fields: readonly Shape[]): Shape =>
  (value) =>
    Array.isArray(value) && value.length === fields.length && fields.every((field, at) => field(value[at]));
const list =
  (item: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(item);

const layout = oneOf(1);
const pairs: Shape = (value) => Array.isArray(value) && value.length % 2 === 0 && value.every(text);
const checksumType = oneOf("FULL_OBJECT", "COMPOSITE");
const checksum = orNull(tuple(text, checksumType, text));
const blob = orNull(
  either(
    tuple(oneOf(segmentKind), count, count, count, count, count),
    tuple(oneOf(fileKind, manifestKind), count, count),
  ),
);
const attributes = tuple(
  orNull(pairs),
  orNull(text),
  orNull(tuple(oneOf(0, 1), integer)),
  oneOf(null, 0, 1),
  orNull(text),
);
const versionFields = [layout, text, count, text, integer, count, count];
const objectFields = [count, text, blob, pairs, pairs, checksum, count, orNull(text)];

const version = either(
  tuple(...versionFields),
  tuple(...versionFields, ...objectFields),
  tuple(...versionFields, ...objectFields, attributes),
  tuple(...versionFields, ...objectFields, orNull(attributes), tuple(text, orNull(text))),
);
// Counters may be wrong in any way: that is for their own check.
const quota = orNull(tuple(orNull(count), orNull(count)));
const bucket = tuple(
  layout,
  count,
  text,
  integer,
  oneOf(0, 1, 2),
  integer,
  integer,
  integer,
  oneOf(0, 1),
  count,
  quota,
  oneOf(0, 1),
);
const segment = tuple(layout, integer, count);
const uploadFields = [layout, text, integer, pairs, pairs, orNull(text), orNull(checksumType), orNull(attributes)];
const upload = either(tuple(...uploadFields), tuple(...uploadFields, text));
const partFields = [layout, count, text, integer, checksum, blob];
const part = either(tuple(...partFields), tuple(...partFields, text));
const manifestPart = [count, count, text, checksum, blob];
const manifest = tuple(layout, list(either(tuple(...manifestPart), tuple(...manifestPart, text))));
const message = tuple(layout, text, text, count, integer, orNull(text));
const queue = tuple(layout, integer, integer, count);

export const isVersionRow = (value: unknown): value is VersionRow => version(value);
export const isBucketRow = (value: unknown): value is BucketRow => bucket(value);
export const isSegmentRow = (value: unknown): value is SegmentRow => segment(value);
export const isUploadRow = (value: unknown): value is UploadRow => upload(value);
export const isPartRow = (value: unknown): value is PartRow => part(value);
export const isManifestRow = (value: unknown): value is ManifestRow => manifest(value);
export const isGarbageRow = (value: unknown): value is ManifestRow | 1 => value === 1 || manifest(value);
export const isMessageRow = (value: unknown): value is MessageRow => message(value);
export const isQueueRow = (value: unknown): value is QueueRow => queue(value);
export const isText = (value: unknown): value is string => text(value);
export const isNumber = (value: unknown): value is number => integer(value);
