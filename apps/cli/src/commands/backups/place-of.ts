import type { CallAnswer, Routes } from "@stave/api-contract";

type Destination = CallAnswer<Routes["getBackupDestination"]>["body"]["data"];

/** `nightly`, or `https://s3.example.com/bucket/prefix`. */
export function placeOf(destination: Destination): string {
  if (destination.kind === "local") return destination.directory;
  const { endpoint, bucket, prefix } = destination;
  return [endpoint.replace(/\/+$/, ""), bucket, ...(prefix === null ? [] : [prefix])].join("/");
}
