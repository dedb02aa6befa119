import type { Routes } from "@stave/api-contract";
import type { CallAnswer } from "../../api/api-client.ts";

type Destination = CallAnswer<Routes["getBackupDestination"]>["body"]["data"];

/** `nightly`, or `https://s3.example.com/bucket/prefix`. */
export function placeOf(destination: Destination): string {
  if (destination.kind === "local") return destination.directory;
  const { endpoint, bucket, prefix } = destination;
  return [endpoint.replace(/\/+$/, ""), bucket, ...(prefix === null ? [] : [prefix])].join("/");
}
