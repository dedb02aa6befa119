import { CliError } from "../../command/cli-error.ts";
import { contentMd5 } from "../content-md5.ts";
import { textOf } from "../read-xml.ts";
import { nameOf, type S3Client } from "../s3-client.ts";
import { document, leaf } from "../write-xml.ts";
import type { ObjectAddress } from "./head-object.ts";
import { readAnswer } from "./read-answer.ts";

export type Retention = { readonly mode: "GOVERNANCE" | "COMPLIANCE"; readonly until: Date };

/** GetObjectRetention: undefined where none was set. */
export async function getRetention(
  client: S3Client,
  { bucket, key, versionId }: ObjectAddress,
): Promise<Retention | undefined> {
  try {
    const answer = await client.send({ bucket, key, query: { retention: "", versionId } });
    const root = readAnswer(answer, "Retention", nameOf({ bucket, key }));
    const until = new Date(textOf(root, "RetainUntilDate") ?? "");
    if (Number.isNaN(until.getTime())) return undefined;
    return { mode: textOf(root, "Mode") === "COMPLIANCE" ? "COMPLIANCE" : "GOVERNANCE", until };
  } catch (error) {
    if (error instanceof CliError && error.serverCode === "NoSuchObjectLockConfiguration") return undefined;
    throw error;
  }
}

/** PutObjectRetention; undefined takes governance away, with `bypassGovernance`. */
export async function putRetention(
  client: S3Client,
  { bucket, key, versionId }: ObjectAddress,
  retention: Retention | undefined,
  { bypassGovernance = false }: { readonly bypassGovernance?: boolean } = {},
): Promise<void> {
  const content =
    retention === undefined
      ? ""
      : leaf("Mode", retention.mode) + leaf("RetainUntilDate", retention.until.toISOString());
  const body = document("Retention", content);
  await client.send({
    method: "PUT",
    bucket,
    key,
    query: { retention: "", versionId },
    body,
    headers: {
      ...contentMd5(body),
      "x-amz-bypass-governance-retention": bypassGovernance ? "true" : undefined,
    },
  });
}

/** GetObjectLegalHold: false where none was set. */
export async function getLegalHold(client: S3Client, { bucket, key, versionId }: ObjectAddress): Promise<boolean> {
  try {
    const answer = await client.send({ bucket, key, query: { "legal-hold": "", versionId } });
    return textOf(readAnswer(answer, "LegalHold", nameOf({ bucket, key })), "Status") === "ON";
  } catch (error) {
    if (error instanceof CliError && error.serverCode === "NoSuchObjectLockConfiguration") return false;
    throw error;
  }
}

/** PutObjectLegalHold. */
export async function putLegalHold(
  client: S3Client,
  { bucket, key, versionId }: ObjectAddress,
  isOn: boolean,
): Promise<void> {
  const body = document("LegalHold", leaf("Status", isOn ? "ON" : "OFF"));
  await client.send({
    method: "PUT",
    bucket,
    key,
    query: { "legal-hold": "", versionId },
    body,
    headers: contentMd5(body),
  });
}
