import { createHash } from "node:crypto";
import { signRequest } from "@stave/sigv4-verify";
import { createS3Client, escapeText, type S3Answer, type WireRequest } from "./s3-client.ts";
import { ann, type TestAccount, type TestGateway } from "./start-gateway.ts";

export type StsParameters = Readonly<Record<string, string>>;

export type StsCallOptions = {
  /** `null`: anonymous. @default ann */
  readonly account?: TestAccount | null;
  /** @default "sts" */
  readonly service?: string;
  readonly region?: string;
  /** @default the SHA-256 of the body */
  readonly payloadHash?: string;
  readonly path?: string;
  readonly signingDate?: Date;
  /** Sent, and signed where there is a signature. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** A call of STS without opinions: what a test asks for goes to the wire as it is. */
export async function callSts(
  { port }: Pick<TestGateway, "port">,
  parameters: StsParameters | string,
  options: StsCallOptions = {},
): Promise<S3Answer> {
  return createS3Client({ port }).send(await signStsCall({ port }, parameters, options));
}

export async function signStsCall(
  { port }: Pick<TestGateway, "port">,
  parameters: StsParameters | string,
  { account = ann, service = "sts", region = "us-east-1", path = "/", signingDate, ...options }: StsCallOptions = {},
): Promise<WireRequest> {
  const text = typeof parameters === "string" ? parameters : formOf({ Version: "2011-06-15", ...parameters });
  const body = Buffer.from(text);
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "content-length": String(body.length),
    ...options.headers,
  };
  const wire = { method: "POST", target: path, body };
  if (account === null) return { ...wire, headers: { host: `127.0.0.1:${port}`, ...headers } };
  const { accessKeyId, secretAccessKey, sessionToken } = account;
  const signed = await signRequest(
    { method: "POST", url: `http://127.0.0.1:${port}${path}`, headers },
    {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
      service,
      region,
      payloadHash: options.payloadHash ?? createHash("sha256").update(body).digest("hex"),
      ...(signingDate && { now: () => signingDate }),
    },
  );
  return { ...wire, headers: signed.headers };
}

function formOf(parameters: StsParameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${escapeText(name)}=${escapeText(value)}`)
    .join("&");
}

/** Credentials of an answer, as an account of {@link createS3Client}. */
export function credentialsOf(answer: S3Answer, account: TestAccount = ann): Required<TestAccount> {
  const read = (name: string): string => {
    const text = answer.one(name);
    if (text === undefined) throw new TypeError(`Expected ${name} in ${answer.status} ${answer.text}`);
    return text;
  };
  return {
    ...account,
    accessKeyId: read("AccessKeyId"),
    secretAccessKey: read("SecretAccessKey"),
    sessionToken: read("SessionToken"),
  };
}
