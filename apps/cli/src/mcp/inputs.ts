import { z } from "zod";

/** Of services: a number, or a slug. */
export const service = z
  .union([z.int().min(1).max(2_147_483_647), z.string().regex(/^[a-z\d][a-z\d-]{0,99}$/)])
  .describe("The id or the slug of the service, as list_services answers it.");

/** Of storage: the built-in engine's first service when nothing is said. */
export const storageService = service
  .optional()
  .describe("The id or the slug of the service. Without it, the service 1.");

export const bucket = z
  .string()
  .regex(/^[A-Za-z\d][\w.-]{1,253}[A-Za-z\d]$/, "Expected the name of a bucket")
  .describe("The name of the bucket.");

export const key = z
  .string()
  .min(1)
  .max(1024)
  .refine((text) => text.isWellFormed() && Buffer.byteLength(text) <= 1024, "Expected at most 1024 bytes of UTF-8")
  .describe("The key of the object, exactly; nothing in it is escaped.");

export const versionId = z.string().min(1).max(1024).describe("One version of the object, instead of the newest.");

export const cursor = z.string().min(1).max(4096).optional().describe("nextCursor of the page before.");

export const limit = (most: number, usual: number) =>
  z.int().min(1).max(most).default(usual).describe(`How many at most, ${usual} when not said.`);

export const project = z
  .string()
  .max(63)
  .regex(/^[a-z0-9-]+$/)
  .describe("The id or the slug of the project.");

export const environment = z
  .string()
  .max(32)
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/)
  .default("production")
  .describe("The environment of the project.");

export const dryRun = z
  .boolean()
  .default(true)
  .describe("true, which it is when not said: only tell what would go. Ask the person before you send false.");

export const file = z
  .string()
  .min(1)
  .max(512)
  .describe(
    "A new file for the secret, relative to the directory that the server was started in. Mode 0600; what is there already is never replaced.",
  );

/** As the query of storage takes it. */
export function inService(named: z.output<typeof storageService>): { readonly service?: string } {
  return named === undefined ? {} : { service: String(named) };
}
