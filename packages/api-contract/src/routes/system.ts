import { defineRoute } from "../define-route.ts";
import { z } from "../zod.ts";

const tag = "System";

export const systemRoutes = {
  getStatus: defineRoute({
    method: "get",
    path: "/api/status",
    summary: "Whether the server works, and which version it is.",
    tag,
    access: "public",
    answers: {
      200: z.strictObject({
        data: z.strictObject({ name: z.literal("stave"), version: z.string(), isSetUp: z.boolean() }),
      }),
    },
  }),
  getOpenApi: defineRoute({
    method: "get",
    path: "/api/openapi.json",
    summary: "This document.",
    tag,
    access: "public",
    answers: { 200: z.looseObject({ openapi: z.string() }) },
  }),
};
