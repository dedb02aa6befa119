import type { ObjectVersion, VersionChange } from "@stave/object-store";
import { expect, test } from "vitest";
import type { OperationName } from "../routing/routes.ts";
import { eventNames, expandEvent, isUnsupportedEvent, nameChange } from "./event-names.ts";

test.each([
  ["s3:ObjectCreated:Put", ["s3:ObjectCreated:Put"]],
  ["s3:ObjectRemoved:*", ["s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated"]],
  ["s3:ObjectCreated:*", eventNames.filter((name) => name.startsWith("s3:ObjectCreated:"))],
  ["s3:*", []],
  ["s3:ObjectCreated", []],
  ["s3:ObjectCreated:", []],
  ["s3:objectcreated:Put", []],
  ["*", []],
  ["", []],
])("%s stands for its events", (pattern, expected) => {
  expect(expandEvent(pattern)).toEqual(expected);
});

test.each(["s3:ObjectRestore:*", "s3:Replication:OperationFailedReplication", "s3:LifecycleTransition"])(
  "%s is known, and not told here",
  (pattern) => {
    expect([expandEvent(pattern), isUnsupportedEvent(pattern)]).toEqual([[], true]);
  },
);

const object = { isDeleteMarker: false } as ObjectVersion;
const marker = { isDeleteMarker: true } as const as VersionChange["version"];

test.each<[VersionChange["kind"], VersionChange["version"], OperationName | undefined, object, string | undefined]>([
  ["added", object, "PutObject", {}, "s3:ObjectCreated:Put"],
  ["added", object, "CopyObject", {}, "s3:ObjectCreated:Copy"],
  ["added", object, "CompleteMultipartUpload", {}, "s3:ObjectCreated:CompleteMultipartUpload"],
  ["added", marker, "DeleteObject", {}, "s3:ObjectRemoved:DeleteMarkerCreated"],
  ["added", marker, undefined, {}, "s3:LifecycleExpiration:DeleteMarkerCreated"],
  ["removed", object, "DeleteObjects", {}, "s3:ObjectRemoved:Delete"],
  ["removed", marker, "DeleteObject", {}, "s3:ObjectRemoved:Delete"],
  ["removed", object, undefined, {}, "s3:LifecycleExpiration:Delete"],
  ["attributes", object, "PutObject", { tags: { a: "b" } }, "s3:ObjectTagging:Put"],
  ["attributes", object, "PutObject", { tags: null }, "s3:ObjectTagging:Delete"],
  ["attributes", object, "PutObject", { acl: "x" }, "s3:ObjectAcl:Put"],
  ["attributes", object, "PutObject", { legalHold: true }, undefined],
])("%s %j by %s is an event", (kind, version, operation, attributes, expected) => {
  expect(nameChange({ kind, bucket: "b", version }, operation, attributes)).toBe(expected);
});
