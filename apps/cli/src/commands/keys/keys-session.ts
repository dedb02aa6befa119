import type { RunOf } from "../../command/define-command.ts";
import { serviceQuery } from "../buckets/options.ts";
import type { keysSession } from "./index.ts";
import { scopeOf } from "./key-scope.ts";
import { issueInto } from "./secret-files.ts";
import { showIssued } from "./show-issued.ts";

export const run: RunOf<typeof keysSession> = async ({ api, options, output }) => {
  const { service, duration: durationSeconds } = options;
  const scope = scopeOf(options);
  const { call } = await api();
  const query = serviceQuery(service);
  const session = await issueInto(options, async () => {
    const { body: config } = await call("get /api/storage/s3/config", { query });
    const { body } = await call("post /api/storage/s3/session", { query, body: { durationSeconds, scope } });
    const { endpoint, region } = config.data;
    return { ...body.data, endpoint, region };
  });
  showIssued(output, session, options);
};
