import { z } from "zod";
import { version } from "../../version.ts";
import { defineTool } from "../tool.ts";

export const status = defineTool({
  name: "status",
  tier: "read",
  description:
    "Which Stave server this is, who you are to it, what you may do, and which tools are switched off. Call it first. Changes nothing.",
  input: z.strictObject({}),
  isUntrusted: false,
  isIdempotent: true,
  operations: ["getStatus", "getSession"],
  async run({ api, tiers }) {
    const [server, session] = await Promise.all([api.call("get /api/status"), api.call("get /api/session")]);
    return {
      url: api.url,
      server: server.body.data,
      client: version,
      session: session.body.data,
      mayWrite: tiers.has("write"),
      mayDestroy: tiers.has("destructive"),
    };
  },
});
