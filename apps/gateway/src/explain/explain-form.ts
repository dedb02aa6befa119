import { createHmac, type KeyObject } from "node:crypto";
import { createSigningKeyCache, type FindKey } from "@stave/sigv4-verify";
import type { KeptForm } from "./kept-form.ts";
import { refusalHint } from "./refusal-hint.ts";
import type { RefusedRequest } from "./refused-request.ts";
import { secretVariants } from "./signature-variants.ts";

export interface ExplainFormOptions {
  readonly region: string;
  readonly findKey: FindKey<unknown>;
}

/** Why a browser form was refused: its signature, or its own policy. Never empty. */
export async function explainForm(
  refused: RefusedRequest,
  form: KeptForm,
  options: ExplainFormOptions,
): Promise<readonly string[]> {
  if (refused.code === "SignatureDoesNotMatch") return [await signatureHint(form, options)];
  return [policyHint(refused.message) ?? refusalHint(refused, options)];
}

function policyHint(message: string): string | undefined {
  if (!message.startsWith("Invalid according to Policy")) return undefined;
  if (message.includes("Policy expired")) {
    return "The policy of the form is over: make the form anew, and later, or with a longer expiration.";
  }
  const extra = /Extra input fields: (.*)/.exec(message)?.[1];
  if (extra !== undefined) {
    return `The form has what no condition of its policy covers: ${extra}. Add a condition for each such field (an empty starts-with allows any value), or leave the field out.`;
  }
  return `A field of the form is not as its policy demands (${message}): change the field, or sign a policy that allows it.`;
}

async function signatureHint(form: KeptForm, { findKey }: ExplainFormOptions): Promise<string> {
  const { policy, accessKeyId, signature = "" } = form;
  const found = accessKeyId === undefined ? undefined : await findKey(accessKeyId, undefined);
  const isKnown = found !== undefined && found.isExpired !== true && found.isForged !== true;
  const secret = isKnown ? found.secretAccessKey : undefined;
  const wrongSecret =
    "The signature of the form is not that of its policy field. Either the secret access key that signed it is another one, or the policy field was changed after it was signed: it has to be sent as the very text that was signed.";
  if (policy === undefined || secret === undefined || signature === "") return wrongSecret;
  const isSigned = (text: string, key: string) => signatureOf(text, key, form).startsWith(signature);
  for (const { text, hint } of policyVariants(policy)) if (isSigned(text, secret)) return hint;
  for (const variant of secretVariants(secret)) if (isSigned(policy, variant.secret)) return variant.hint;
  return wrongSecret;
}

function* policyVariants(policy: string): Generator<{ readonly text: string; readonly hint: string }> {
  const squeezed = policy.replaceAll(/\s/g, "");
  yield {
    text: squeezed,
    hint: "Line breaks came into the policy field after it was signed: write its base64 in one line.",
  };
  yield {
    text: `${policy}\n`,
    hint: "The policy was signed with a line break at its end, which the form has not: sign it as it is sent.",
  };
  yield {
    text: Buffer.from(policy, "base64").toString(),
    hint: "The form signs the policy as JSON; what is signed is its base64, the very text of the policy field.",
  };
}

/** Version 2, without a scope, signs with SHA-1 and writes base64. */
function signatureOf(text: string, secretAccessKey: string, { scope, accessKeyId = "" }: KeptForm): string {
  if (scope === undefined) return createHmac("sha1", secretAccessKey).update(text).digest("base64");
  const [date = "", region = "", service = ""] = scope.split("/");
  const key: KeyObject = createSigningKeyCache().keyFor({ accessKeyId, secretAccessKey, date, region, service });
  return createHmac("sha256", key).update(text).digest("hex");
}
