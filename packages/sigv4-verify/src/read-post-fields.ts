import { PostFormError } from "./post-form-error.ts";

/** Name and value of a form field, as decoded from the form. */
export type PostField = readonly [name: string, value: string];

/** By lower-case name. Every field comes at most once, so that no two readers can pick different values. */
export function readPostFields(fields: readonly PostField[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let sizeBytes = 0;
  for (const [name, value] of fields) {
    sizeBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    if (sizeBytes > MAX_FIELDS_BYTES || values.size === MAX_FIELDS) throw tooLarge();
    const key = name.toLowerCase();
    if (values.has(key)) throw invalidField(key, `The field ${key} may be given only once`);
    values.set(key, value);
  }
  return values;
}

export function requireField(fields: ReadonlyMap<string, string>, name: string): string {
  const value = fields.get(name);
  if (value !== undefined && value !== "") return value;
  const order = "If it is specified, please check the order of the fields.";
  throw invalidField(name, `Bucket POST must contain a field named '${name}'.  ${order}`);
}

export function invalidField(name: string, message: string): PostFormError {
  return new PostFormError("InvalidArgument", message, { details: { ArgumentName: name } });
}

// S3's own limit; whoever sends it has not been authenticated yet.
const MAX_FIELDS_BYTES = 20_480;
const MAX_FIELDS = 100;

function tooLarge(): PostFormError {
  const message = "Your POST request fields preceding the upload file were too large.";
  return new PostFormError("MaxPostPreDataLengthExceededError", message, {
    details: { MaxPostPreDataLengthBytes: String(MAX_FIELDS_BYTES) },
  });
}
