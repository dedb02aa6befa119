import { z } from "./zod.ts";

/** For everything that lists: `cursor` is what the page before has answered. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().min(1).max(2048).optional(),
};

/** A page of something, and the cursor of the next one; null at the end. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ data: z.array(item), nextCursor: z.string().nullable() });
}

const utc = z.regexes.datetime({}).source;

/** A time in UTC: `2030-01-01T00:00:00.000Z`. Offsets, which `date-time` has as well, are refused. */
export const timestamp = () => z.iso.datetime().openapi({ format: "date-time", pattern: utc });
