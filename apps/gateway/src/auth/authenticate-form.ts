import { createSigningKeyCache, type PostForm, type PostFormVerification, verifyPostForm } from "@stave/sigv4-verify";
import type { Account, Accounts } from "../accounts.ts";

export type AuthenticateForm = (form: PostForm) => Promise<PostFormVerification<Account>>;

/**
 * The way in of browser forms, whose signature is among their fields. Version 2 is accepted: boto3 signs forms with it unless it is
 * told otherwise, and what it signs is the whole policy.
 */
export function createAuthenticateForm(options: {
  readonly accounts: Accounts;
  readonly region: string;
  readonly now: () => Date;
}): AuthenticateForm {
  const { accounts, region, now } = options;
  const signingKeys = createSigningKeyCache();
  const findKey = (accessKeyId: string) => {
    const account = accounts.byAccessKeyId(accessKeyId);
    return account === undefined ? undefined : { secretAccessKey: account.secretAccessKey, identity: account };
  };
  return (form) => verifyPostForm(form, { region, now, signingKeys, findKey, version2: "accept" });
}
