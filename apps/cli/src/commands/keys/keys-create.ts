import type { RunOf } from "../../command/define-command.ts";
import { momentOf, serviceQuery } from "../buckets/options.ts";
import type { keysCreate } from "./index.ts";
import { scopeOf } from "./key-scope.ts";
import { issueInto } from "./secret-files.ts";
import { showIssued } from "./show-issued.ts";

export const run: RunOf<typeof keysCreate> = async ({ api, options, output, now }) => {
  const { service, project, description, expires } = options;
  const scope = scopeOf(options);
  const { call } = await api();
  const query = serviceQuery(service);
  const key = await issueInto(options, async () => {
    // First: without it the secret could not be used.
    const { body: config } = await call("get /api/storage/s3/config", { query });
    const { body } = await call("post /api/storage/s3/access-keys", {
      query,
      body: {
        scope,
        ...(description !== undefined && { description }),
        ...(project !== undefined && { project }),
        ...(expires !== undefined && { expiresAt: momentOf(expires, now()) }),
      },
    });
    const { endpoint, region } = config.data;
    return { ...body.data, endpoint, region };
  });
  showIssued(output, key, options);
};
