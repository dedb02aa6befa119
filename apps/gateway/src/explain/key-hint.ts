import { describeScope, PolicyError, parseScope } from "@stave/s3-policy";
import { blanked } from "./redact-request.ts";

/** What is known of an access key by now. */
export type KeyState = {
  readonly revokedAt?: Date;
  readonly expiresAt?: Date;
  readonly scope?: unknown;
  /** Its account is suspended, as that of a service that was stopped. */
  readonly isSuspended?: boolean;
};

export type FindKeyState = (accessKeyId: string) => Promise<KeyState | undefined>;

/** Why a key that somebody signed with is none: the client is told the same in each case. */
export async function keyHint(
  accessKeyId: string,
  { findKeyState, isPresigned }: { readonly findKeyState: FindKeyState; readonly isPresigned: boolean },
): Promise<string> {
  if (accessKeyId.includes(blanked)) {
    return "What stands in place of the access key id looks like a secret access key: the client has the two halves of its key mixed up. Revoke that key: its secret has been sent.";
  }
  const state = await findKeyState(accessKeyId);
  const presigned = isPresigned ? " A presigned URL ends with the key that made it." : "";
  if (state?.revokedAt !== undefined) {
    return `The access key ${accessKeyId} was revoked at ${state.revokedAt.toISOString()}: give the client another one.${presigned}`;
  }
  if (state?.expiresAt !== undefined && state.expiresAt.getTime() <= Date.now()) {
    return `The access key ${accessKeyId} expired at ${state.expiresAt.toISOString()}: give the client another one.${presigned}`;
  }
  if (state?.isSuspended === true) {
    return `The access key ${accessKeyId} belongs to an account that is suspended, as that of a service that was stopped: start the service.`;
  }
  if (state !== undefined) {
    return `The access key ${accessKeyId} is active by now, and was not when the request came: send it again.`;
  }
  return (
    `No access key of the name "${accessKeyId}" was ever made here: it is misspelled, or of another server, such as AWS itself: look at the ` +
    "endpoint of the client. A temporary key is known only together with its session token."
  );
}

/** What a key is limited to, in words; undefined for one that is not. */
export async function limitOf(accessKeyId: string, findKeyState: FindKeyState): Promise<string | undefined> {
  const scope = (await findKeyState(accessKeyId))?.scope;
  if (scope === undefined) return undefined;
  try {
    return describeScope(parseScope(scope));
  } catch (error) {
    if (error instanceof PolicyError) return "one that cannot be read, and opens nothing";
    throw error;
  }
}
