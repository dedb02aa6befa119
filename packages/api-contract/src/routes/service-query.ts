import { z } from "../zod.ts";

/** The service that a request for objects or keys is about. */
export const serviceQuery = {
  service: z
    .string()
    .regex(/^[a-z\d][a-z\d-]{0,99}$/, "Expected the id or the slug of a service")
    .optional()
    .openapi({ description: "The id or the slug of the service. Default: the service 1." }),
};
