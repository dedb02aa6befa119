import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { formatProperties } from "../../output/format-table.ts";
import { formatBytes } from "../../output/format-values.ts";
import type { Output } from "../../output/output.ts";
import { withS3 } from "../../s3/open-s3.ts";
import { headObject, type ObjectAddress } from "../../s3/operations/head-object.ts";
import { readAnswer } from "../../s3/operations/read-answer.ts";
import { getLegalHold, getRetention } from "../../s3/operations/retention.ts";
import { getObjectTags } from "../../s3/operations/tagging.ts";
import { textOf } from "../../s3/read-xml.ts";
import type { S3Client } from "../../s3/s3-client.ts";
import type { stat } from "./index.ts";
import { requireBucket } from "./require-target.ts";

export const run: RunOf<typeof stat> = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options, output } = invocation;
    const { context, bucket, key } = requireBucket(s3Target(given.target));
    const client = await clientOf({ context });
    if (key === "") return await showBucket(client, bucket, output);
    await showObject(client, { bucket, key, versionId: options.versionId }, output);
  });

async function showObject(client: S3Client, address: ObjectAddress, output: Output): Promise<void> {
  const { headers: _, ...head } = await headObject(client, address);
  const [tags, retention, isHeld] = await Promise.all([
    ifAllowed(() => getObjectTags(client, address)),
    ifAllowed(() => getRetention(client, address)),
    ifAllowed(() => getLegalHold(client, address)),
  ]);
  const { bucket, key } = address;
  const found = { bucket, key, ...head, tags: tags ?? null, retention: retention ?? null, legalHold: isHeld ?? null };
  const listed = (entries: Readonly<Record<string, string>>) =>
    Object.entries(entries)
      .map(([name, value]) => `${name}=${value}`)
      .join(", ");
  output.result(found, () =>
    formatProperties({
      Bucket: bucket,
      Key: key,
      Size: `${formatBytes(head.sizeBytes)} (${head.sizeBytes} bytes)`,
      Modified: head.lastModified?.toISOString(),
      ETag: head.etag,
      "Content type": head.contentType,
      ...head.stored,
      "Storage class": head.storageClass ?? "STANDARD",
      ...(head.versionId !== undefined && { Version: head.versionId }),
      ...(head.encryption !== undefined && { Encryption: head.encryption }),
      Checksums: listed(head.checksums) || null,
      Metadata: listed(head.metadata) || null,
      Tags: (tags && listed(tags)) || null,
      ...(retention !== undefined && {
        Kept: `until ${retention.until.toISOString()} (${retention.mode.toLowerCase()})`,
      }),
      ...(isHeld === true && { "Legal hold": "yes" }),
    }),
  );
}

async function showBucket(client: S3Client, bucket: string, output: Output): Promise<void> {
  const location = await client.send({ bucket, query: { location: "" } });
  const region = readAnswer(location, "LocationConstraint", `s3://${bucket}`).text || "us-east-1";
  const versioning = await ifAllowed(async () => {
    const answer = await client.send({ bucket, query: { versioning: "" } });
    return textOf(readAnswer(answer, "VersioningConfiguration", `s3://${bucket}`), "Status") ?? "Off";
  });
  const hasObjectLock = await ifAllowed(() => isThere(client, bucket, "object-lock"));
  const hasPolicy = await ifAllowed(() => isThere(client, bucket, "policy"));
  const yesNo = (value: boolean | undefined) => (value === undefined ? null : value ? "yes" : "no");
  output.result({ bucket, region, versioning: versioning ?? null, hasObjectLock, hasPolicy }, () =>
    formatProperties({
      Bucket: bucket,
      Region: region,
      Versioning: versioning?.toLowerCase(),
      "Object lock": yesNo(hasObjectLock),
      Policy: yesNo(hasPolicy),
    }),
  );
}

async function isThere(client: S3Client, bucket: string, configuration: string): Promise<boolean> {
  try {
    await client.send({ bucket, query: { [configuration]: "" } });
    return true;
  } catch (error) {
    if (error instanceof CliError && error.code === "NotFound") return false;
    throw error;
  }
}

/** A key that may see the object need not see all of this. Undefined then, and where the server does not know it. */
async function ifAllowed<Value>(ask: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await ask();
  } catch (error) {
    const isOther =
      !(error instanceof CliError) || !["Forbidden", "NotSupported", "Usage", "NotFound"].includes(error.code);
    if (isOther) throw error;
    return undefined;
  }
}
