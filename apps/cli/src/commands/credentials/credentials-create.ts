import type { RunOf } from "../../command/define-command.ts";
import { momentOf, serviceQuery } from "../buckets/options.ts";
import { issueInto } from "../keys/secret-files.ts";
import { showIssued } from "../keys/show-issued.ts";
import type { credentialsCreate } from "./index.ts";

export const run: RunOf<typeof credentialsCreate> = async ({ api, arguments: { bucket }, options, output, now }) => {
  const { service, description, access, prefix, expires } = options;
  const { call } = await api();
  const issued = await issueInto(options, async () => {
    const { body } = await call("post /api/storage/buckets/{bucket}/credentials", {
      params: { bucket },
      query: serviceQuery(service),
      body: {
        access,
        ...(description !== undefined && { description }),
        ...(prefix !== undefined && { prefix }),
        ...(expires !== undefined && { expiresAt: momentOf(expires, now()) }),
      },
    });
    return body.data;
  });
  showIssued(output, issued, options);
};
