import { z } from "zod";
import { defineTool } from "../tool.ts";

const lastLines = 20;

export const getJob = defineTool({
  name: "get_job",
  tier: "read",
  description: "How far something is that takes longer, how it has ended, and the end of its log. Changes nothing.",
  input: z.strictObject({
    id: z
      .string()
      .regex(/^[\da-z]{1,64}$/)
      .describe("As another tool has answered it."),
  }),
  isUntrusted: true,
  isIdempotent: true,
  operations: ["getJob"],
  async run({ api }, { id }) {
    const { body } = await api.call("get /api/jobs/{id}", { params: { id } });
    const { log, ...job } = body.data;
    return { job, log: log.slice(-lastLines) };
  },
});
