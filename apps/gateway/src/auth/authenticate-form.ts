import { createSigningKeyCache, type PostForm, type PostFormVerification, verifyPostForm } from "@stave/sigv4-verify";
import type { Identities } from "./identities.ts";
import type { Identity } from "./identity.ts";

export type AuthenticateForm = (form: PostForm) => Promise<PostFormVerification<Identity>>;

/**
 * The way in of browser forms, whose signature is among their fields. Version 2 is accepted: boto3 signs forms with it unless it is
 * told otherwise, and what it signs is the whole policy.
 */
export function createAuthenticateForm(options: {
  readonly identities: Identities;
  readonly region: string;
  readonly now: () => Date;
}): AuthenticateForm {
  const { identities, region, now } = options;
  const signingKeys = createSigningKeyCache();
  return async (form) => {
    const { findKey } = identities;
    const verified = await verifyPostForm(form, { region, now, signingKeys, findKey, version2: "accept" });
    if (verified.kind === "form") identities.noteUsed(verified.identity);
    return verified;
  };
}
