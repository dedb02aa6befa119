import { z } from "./zod.ts";

const maxTitleLength = 100;

/** `\p{Cc}` in the regular expressions of JSON Schema. */
const noControls = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$";

/** Without control characters. */
export function plainText(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), "Expected no control characters")
    .openapi({ pattern: noControls });
}

/** What people call something: white space around it does not count. */
export function title() {
  return z.string().trim().min(1).max(maxTitleLength).openapi({ pattern: "\\S" });
}

/** A {@link title} without control characters. */
export function plainTitle() {
  return title()
    .refine((text) => !/\p{Cc}/u.test(text), "Expected no control characters")
    .openapi({ pattern: noControls, allOf: [{ pattern: "\\S" }] });
}
