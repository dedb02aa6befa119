import { createHash } from "node:crypto";
import { childrenOf, textOf } from "../read-xml.ts";
import { nameOf, type S3Client } from "../s3-client.ts";
import { document, leaf } from "../write-xml.ts";
import { readAnswer } from "./read-answer.ts";

export type DeleteTarget = { readonly key: string; readonly versionId?: string | undefined };

export type DeleteFailure = DeleteTarget & { readonly code: string; readonly message: string };

export const maxDeleteObjects = 1000;

/** DeleteObjects, at most {@link maxDeleteObjects}: answers with those that are still there. */
export async function deleteObjects(
  client: S3Client,
  {
    bucket,
    objects,
    bypassGovernance = false,
  }: {
    readonly bucket: string;
    readonly objects: readonly DeleteTarget[];
    readonly bypassGovernance?: boolean | undefined;
  },
): Promise<readonly DeleteFailure[]> {
  if (objects.length > maxDeleteObjects) throw new TypeError(`Expected at most ${maxDeleteObjects} \`objects\``);
  const content = objects.map(({ key, versionId }) => {
    const version = versionId === undefined ? "" : leaf("VersionId", versionId);
    return `<Object>${leaf("Key", key)}${version}</Object>`;
  });
  const body = document("Delete", `${leaf("Quiet", true)}${content.join("")}`);
  const answer = await client.send({
    method: "POST",
    bucket,
    query: { delete: "" },
    body,
    isRepeatable: true,
    headers: {
      "content-type": "application/xml",
      "content-md5": createHash("md5").update(body).digest("base64"),
      "x-amz-bypass-governance-retention": bypassGovernance ? "true" : undefined,
    },
  });
  return childrenOf(readAnswer(answer, "DeleteResult", nameOf({ bucket })), "Error").map((error) => ({
    key: textOf(error, "Key") ?? "",
    versionId: textOf(error, "VersionId") || undefined,
    code: textOf(error, "Code") ?? "",
    message: textOf(error, "Message") ?? "",
  }));
}
