import { z } from "zod";
import { defineTool } from "../tool.ts";

export const explainRequest = defineTool({
  name: "explain_request",
  tier: "read",
  description:
    "Why the built-in engine has refused a request (403 and the like) and what to do, by the x-amz-request-id of its answer. Without an id, the newest refusals. Needs the permission audit:read. Changes nothing.",
  input: z.strictObject({
    requestId: z
      .string()
      .regex(/^[\dA-Fa-f]{16}$/, "Expected the 16 digits of x-amz-request-id")
      .optional()
      .describe("x-amz-request-id of the answer, or RequestId of its error document."),
  }),
  isUntrusted: true,
  isIdempotent: true,
  operations: ["explainRefusal", "listRefusals"],
  async run({ api }, { requestId }) {
    if (requestId === undefined) {
      return { refusals: (await api.call("get /api/requests", { query: { limit: 20 } })).body.data };
    }
    const { body } = await api.call("get /api/requests/{requestId}/why", {
      params: { requestId: requestId.toUpperCase() },
    });
    return "data" in body ? { refusal: body.data } : {};
  },
});
