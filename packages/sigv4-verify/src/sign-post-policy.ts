// POST policies: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
import { createSigner, type SigningOptions } from "./create-signer.ts";
import { FILE_NAME } from "./verify-post-form.ts";

/** What a browser form may upload. */
export type PostPolicyInput = {
  readonly bucket: string;
  /** The form's own fields, `key` among them; each becomes a condition. The key may end in `${filename}`. */
  readonly fields: Readonly<Record<string, string>>;
  /** Further conditions, as S3 writes them, such as `["content-length-range", 0, 1048576]`. @default [] */
  readonly conditions?: readonly (
    | Readonly<Record<string, string>>
    | readonly [string, string | number, string | number]
  )[];
  readonly expiresAt: Date;
};

/**
 * Signs a policy for a browser upload and returns all fields of its form, to be sent before `file`. Throws a `TypeError` if the
 * form has no key, or fields of its own that belong to the signature.
 *
 * @example
 * const fields = await signPostPolicy({ bucket: "photos", fields: { key: "a.jpg" }, expiresAt }, { ...key, region });
 */
export async function signPostPolicy(input: PostPolicyInput, options: SigningOptions): Promise<Record<string, string>> {
  const { bucket, fields, conditions = [], expiresAt } = input;
  checkFields(fields);
  const signer = await createSigner(options);
  const date = options.now?.() ?? new Date();
  const timestamp = `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const scope = `${timestamp.slice(0, 8)}/${options.region}/${options.service ?? "s3"}/aws4_request`;
  const signing = {
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "x-amz-credential": `${options.accessKeyId}/${scope}`,
    "x-amz-date": timestamp,
    ...(options.sessionToken !== undefined && { "x-amz-security-token": options.sessionToken }),
  };
  const own = Object.entries({ ...fields, ...signing }).map(toCondition);
  const document = { expiration: expiresAt.toISOString(), conditions: [{ bucket }, ...own, ...conditions] };
  const policy = Buffer.from(JSON.stringify(document)).toString("base64");
  const signature = await signer.sign(policy, { signingDate: date });
  return { ...fields, ...signing, policy, "x-amz-signature": signature };
}

const SIGNER_FIELD = /^(?:policy|bucket|file|x-amz-(?:algorithm|credential|date|security-token|signature))$/i;

function checkFields(fields: Readonly<Record<string, string>>): void {
  const names = Object.keys(fields);
  const refused = names.find((name) => SIGNER_FIELD.test(name));
  if (refused !== undefined) throw new TypeError(`Expected \`fields\` without ${refused}: the signer writes it`);
  if (!names.some((name) => name.toLowerCase() === "key")) throw new TypeError("Expected `fields` to hold a key");
}

function toCondition([name, value]: [string, string]): object {
  // The name is the browser's, so that only what stands before it can be promised.
  const isOpen = name.toLowerCase() === "key" && value.endsWith(FILE_NAME);
  return isOpen ? ["starts-with", `$${name}`, value.slice(0, -FILE_NAME.length)] : { [name]: value };
}
