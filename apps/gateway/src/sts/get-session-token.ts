// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
import { issueSession, readDuration } from "./issue-session.ts";
import type { StsAction } from "./sts-action.ts";

/** AWS's, in seconds. */
const duration = { default: 43_200, max: 129_600 };

/** A temporary key that may do what the caller's key may. */
export const getSessionToken: StsAction = {
  parameters: ["DurationSeconds"],
  async run(request) {
    const durationSeconds = readDuration(request.parameters, duration);
    return { Credentials: await issueSession(request, { durationSeconds }) };
  },
};
