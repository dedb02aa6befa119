import { timestamp } from "../pagination.ts";
import { plainText } from "../plain-text.ts";
import { z } from "../zod.ts";

const maxDescriptionLength = 200;
const maxGraceSeconds = 30 * 86_400;

/** Whatever else is asked for is a key that there is not. */
export const keyId = z.string().min(1).max(128);

export const description = plainText(maxDescriptionLength).default("");

export const expiresAt = timestamp().optional().openapi({ description: "Default: never." });

const bucketName = z
  .string()
  .regex(/^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/, "Expected the name of a bucket")
  .openapi({ not: { pattern: "\\.\\.|^\\d+\\.\\d+\\.\\d+\\.\\d+$" } });

/** As the scope of a key is stored. What a key cannot be limited to is refused by the name of the field. */
export const scopeSchema = z
  .strictObject({
    access: z.enum(["full", "read-only", "read-objects", "read-write"]),
    on: z
      .union([
        z.strictObject({ project: z.string().regex(/^[A-Za-z\d_.-]{1,128}$/, "Expected a project") }),
        z.strictObject({ bucket: bucketName, prefix: z.string().min(1).max(1024).optional() }),
      ])
      .optional(),
    sourceNetworks: z.array(z.string().min(1).max(64)).min(1).max(100).optional(),
  })
  .openapi("KeyScope");

export const rotation = z.strictObject({
  /** How long the key before still works. */
  graceSeconds: z.int().min(0).max(maxGraceSeconds).default(86_400),
});
