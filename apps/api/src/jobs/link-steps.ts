import type { LinkRecord } from "@stave/control-database";
import { generateAccessKey, VaultError } from "@stave/credential-vault";
import { orProblem } from "../http/or-problem.ts";
import { Problem } from "../http/problem.ts";
import { credentialsOfKey, type LinkParties } from "../links/resolve-link.ts";
import { nameOfS3Error, tryKey } from "../links/try-key.ts";
import type { StepContext } from "./define-job.ts";

/** Throws a {@link Problem} when somebody has removed it meanwhile. */
export async function requireLink({ database }: StepContext, id: string): Promise<LinkRecord> {
  const link = await database.as("system").links.find(id);
  if (link === undefined) throw new Problem("NOT_FOUND", { detail: "The link is gone." });
  return link;
}

/** The id of a key that will be made, written down before it is. */
export async function planKey({ database, actor }: StepContext, linkId: string): Promise<string> {
  const { accessKeyId } = generateAccessKey();
  await database.as(actor).links.addKey(linkId, accessKeyId);
  return accessKeyId;
}

export type KeyOfLink = LinkParties & {
  readonly link: LinkRecord;
  readonly accessKeyId: string;
  readonly bucket: string;
};

/** Makes the key that was planned, unless it is there. It opens the bucket and nothing else. */
export async function makeKey(
  context: StepContext,
  { link, service, project, accessKeyId, bucket }: KeyOfLink,
): Promise<void> {
  const { accountId } = service;
  if (accountId === undefined) throw new Problem("CONFLICT", { detail: `The service ${service.name} has no account.` });
  const { secretAccessKey } = generateAccessKey();
  const input = {
    ownerId: accountId,
    description: `link ${link.id}: ${project.name} (${link.environment})`,
    scope: { access: "read-write", on: { bucket } },
  };
  await orProblem(context.accessKeysFor(context.actor).adopt({ accessKeyId, secretAccessKey }, input));
}

/** Signs a request with the key. Answers when that was. */
export async function tryNewKey(
  context: StepContext,
  { service, accessKeyId, bucket }: Omit<KeyOfLink, "link" | "project">,
): Promise<string> {
  const credentials = await credentialsOfKey(context, accessKeyId);
  try {
    await tryKey(context, { service, credentials, bucket });
  } catch (error) {
    const detail = lasting[nameOfS3Error(error) ?? ""]?.(bucket);
    if (detail === undefined) throw error;
    throw new Problem("CONFLICT", { detail, cause: error });
  }
  return context.now().toISOString();
}

/** What trying again does not change. */
const lasting: Readonly<Record<string, (bucket: string) => string>> = {
  NoSuchBucket: (bucket) => `The bucket ${bucket} of the link is gone.`,
  AccessDenied: (bucket) => `The bucket ${bucket} refuses the new key: look at its policy.`,
};

/** A key that was never made is revoked enough. */
export async function revokeKey(context: StepContext, accessKeyId: string): Promise<void> {
  try {
    await context.accessKeysFor(context.actor).revoke(accessKeyId);
  } catch (error) {
    if (!(error instanceof VaultError) || error.code !== "AccessKeyNotFound") throw error;
  }
}
