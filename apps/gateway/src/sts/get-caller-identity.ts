// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
import type { StsAction } from "./sts-action.ts";

/** Says how policies name the caller: a session is its account's user, as the policies of buckets see it. */
export const getCallerIdentity: StsAction = {
  parameters: [],
  async run({ identity: { account, requester } }) {
    return {
      Arn: requester.kind === "user" ? requester.arn : undefined,
      UserId: account.id,
      Account: account.id,
    };
  },
};
