import { CliError } from "../../../command/cli-error.ts";
import type { RunOf } from "../../../command/define-command.ts";
import type { websiteSet } from "./define-set.ts";
import { setSetting } from "./set-setting.ts";

export const run: RunOf<typeof websiteSet> = async (invocation) => {
  await setSetting(invocation, { path: "website", said: websiteOf(invocation.options) });
};

type Options = Parameters<typeof run>[0]["options"];

function websiteOf({ index, error, redirectTo: hostName, protocol }: Options): object | undefined {
  if (hostName !== undefined) {
    if (index !== undefined || error !== undefined) {
      throw new CliError("Usage", "Expected --redirect-to alone, or --index and --error.");
    }
    return { redirectAllRequestsTo: { hostName, ...(protocol !== undefined && { protocol }) } };
  }
  if (protocol !== undefined) throw new CliError("Usage", "--protocol is that of --redirect-to, which is missing.");
  if (index === undefined && error === undefined) return undefined;
  if (index === undefined) throw new CliError("Usage", "--index is missing: a website has one.");
  return { indexDocument: { suffix: index }, ...(error !== undefined && { errorDocument: { key: error } }) };
}
