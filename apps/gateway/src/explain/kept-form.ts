import type { PostField } from "@stave/sigv4-verify";
import { flat, showKeyId, shownSignatureLength } from "./redact-request.ts";

/** A browser form as it was sent, up to its file. */
export type SentForm = { readonly fields: readonly PostField[] };

/** What a form said about its signature. */
export type KeptForm = {
  /** Names of all fields, in order, as far as there was room. */
  readonly fields: readonly string[];
  readonly accessKeyId?: string;
  /** `DAY/REGION/s3/aws4_request`; absent with Signature Version 2. */
  readonly scope?: string;
  /** The first characters. */
  readonly signature?: string;
  /** As it was signed, in base64. */
  readonly policy?: string;
};

export type FormRedaction = {
  readonly form: KeptForm;
  readonly secrets: readonly string[];
  readonly sizeBytes: number;
};

const maxFields = 100;
const maxNameLength = 64;
const maxNamesLength = 512;
/** Of what is not counted one by one. */
const baseBytes = 512;
const secretNames: ReadonlySet<string> = new Set([
  "x-amz-security-token",
  "x-amz-server-side-encryption-customer-key",
  "x-amz-signature",
  "signature",
]);

export type KeepFormOptions = {
  readonly isKeyKnown: boolean;
  /** The signature over it was wrong. Else nothing is to be found by it, and it may quote a token. */
  readonly needsPolicy: boolean;
  readonly maxBytes: number;
};

export function keepForm({ fields }: SentForm, { isKeyKnown, needsPolicy, maxBytes }: KeepFormOptions): FormRedaction {
  const fieldOf = (name: string) => fields.find(([field]) => field.toLowerCase() === name)?.[1];
  const secrets = fields.filter(([name, value]) => value !== "" && secretNames.has(name.toLowerCase())).map(valueIn);
  const credential = fieldOf("x-amz-credential")?.split("/") ?? [];
  const isWellFormed = credential.length === 5 && credential.at(-1) === "aws4_request";
  const id = isWellFormed ? credential[0] : fieldOf("awsaccesskeyid");
  const scope = isWellFormed ? credential.slice(1).join("/") : undefined;
  const names = keepNames(fields);
  const namesBytes = names.reduce((sum, name) => sum + name.length, baseBytes);
  const signature = fieldOf("x-amz-signature") ?? fieldOf("signature");
  const policy = needsPolicy ? keepPolicy(fieldOf("policy"), secrets) : undefined;
  const hasRoom = namesBytes + (policy?.length ?? 0) <= maxBytes;
  const form = {
    fields: names,
    ...(id !== undefined && { accessKeyId: flat(showKeyId(id, isKeyKnown).slice(0, 128)) }),
    ...(scope !== undefined && { scope: flat(scope.slice(0, 128)) }),
    ...(signature !== undefined && { signature: signature.slice(0, shownSignatureLength) }),
    ...(policy !== undefined && hasRoom && { policy }),
  };
  return { form, secrets, sizeBytes: namesBytes + (hasRoom ? (policy?.length ?? 0) : 0) };
}

function valueIn([, value]: PostField): string {
  return value;
}

function keepNames(fields: readonly PostField[]): readonly string[] {
  const names: string[] = [];
  let length = 0;
  for (const [name] of fields.slice(0, maxFields)) {
    const shown = flat(name.slice(0, maxNameLength));
    length += shown.length;
    if (length > maxNamesLength) break;
    names.push(shown);
  }
  return names;
}

/** Its conditions repeat the fields, a token and a customer's key among them. */
function keepPolicy(policy: string | undefined, secrets: readonly string[]): string | undefined {
  if (policy === undefined) return undefined;
  const document = Buffer.from(policy, "base64").toString();
  const isQuoted = /security-token|customer-key/i.test(document) || secrets.some((secret) => document.includes(secret));
  return isQuoted ? undefined : flat(policy);
}
