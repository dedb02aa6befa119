import { signPostPolicy } from "@stave/sigv4-verify";
import { CliError } from "../../command/cli-error.ts";
import type { RunOf } from "../../command/define-command.ts";
import { shellQuote } from "../../output/shell-quote.ts";
import { withS3 } from "../../s3/open-s3.ts";
import type { S3Client } from "../../s3/s3-client.ts";
import { s3Url } from "../../s3/s3-url.ts";
import type { S3Target } from "../../s3/targets.ts";
import type { share } from "./index.ts";
import { requireObject } from "./require-target.ts";

type Given = Parameters<RunOf<typeof share>>[0];

/** Largest that one request may upload. */
const maxPostBytes = 5 * 1024 ** 3;

export const run: RunOf<typeof share> = (invocation) =>
  withS3(invocation, async ({ s3Target, clientOf }) => {
    const { arguments: given, options } = invocation;
    const target = requireObject(s3Target(given.target));
    checkOptions(options);
    const client = await clientOf(target);
    const expiresAt = await endOf(client, invocation);
    if (options.method === "post") return await shareForm(client, target, invocation, expiresAt);
    await shareUrl(client, target, invocation, expiresAt);
  });

function checkOptions({ method, versionId, fileName, contentType, maxSize }: Given["options"]): void {
  const wrong = [
    ["--version-id", versionId, ["get"]],
    ["--file-name", fileName, ["get"]],
    ["--content-type", contentType, ["put", "post"]],
    ["--max-size", maxSize, ["post"]],
  ].find(([, value, methods]) => value !== undefined && !(methods as readonly string[]).includes(method));
  if (wrong !== undefined) throw new CliError("Usage", `${wrong[0]} is nothing for --method ${method}.`);
}

/** A link ends with the key that has signed it. */
async function endOf({ endpoint }: S3Client, { options, now, output }: Given): Promise<Date> {
  const wanted = new Date(now().getTime() + options.expires * 1000);
  const ends = (await endpoint.credentials?.())?.expiresAt;
  if (ends === undefined || ends >= wanted) return wanted;
  output.warn(
    `The link ends at ${ends.toISOString()}, with the temporary key that signs it. For a longer one sign with a key that stays (AWS_ACCESS_KEY_ID, --profile).`,
  );
  return ends;
}

async function shareUrl(client: S3Client, { bucket, key }: S3Target, given: Given, expiresAt: Date): Promise<void> {
  const { options, output } = given;
  const { expires, versionId, fileName, contentType } = options;
  const method = options.method === "put" ? "PUT" : "GET";
  const headers: Readonly<Record<string, string>> = contentType === undefined ? {} : { "content-type": contentType };
  const disposition =
    fileName === undefined ? undefined : `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`;
  const url = await client.presign(
    { method, bucket, key, query: { versionId, "response-content-disposition": disposition }, headers },
    { expiresInSeconds: expires },
  );
  const sent = Object.entries(headers).flatMap(([name, value]) => ["--header", shellQuote(`${name}: ${value}`)]);
  const curl =
    method === "GET"
      ? `${curlFor(key)} --output ${shellQuote(localName(key))} ${shellQuote(url)}`
      : [`${curlFor(key)} --upload-file FILE`, ...sent, shellQuote(url)].join(" ");
  output.note(`${curl}\nIt is good until ${expiresAt.toISOString()}.`);
  output.result({ method, url, headers, expiresAt, curl }, () => `${url}\n`);
}

async function shareForm(client: S3Client, { bucket, key }: S3Target, given: Given, expiresAt: Date): Promise<void> {
  const { options, output, now } = given;
  const { contentType, maxSize = maxPostBytes } = options;
  const { endpoint } = client;
  const credentials = await endpoint.credentials?.();
  if (credentials === undefined) throw new CliError("Usage", "A form cannot be signed without credentials.");
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const fields = await signPostPolicy(
    {
      bucket,
      fields: { key, ...(contentType !== undefined && { "content-type": contentType }) },
      conditions: [["content-length-range", 0, maxSize]],
      expiresAt,
    },
    {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
      region: endpoint.region,
      now,
    },
  );
  const url = s3Url(endpoint, { bucket });
  const parts = Object.entries(fields).map(([name, value]) => `--form-string ${shellQuote(`${name}=${value}`)}`);
  const curl = ["curl --fail", ...parts, "--form file=@FILE", shellQuote(url)].join(" ");
  output.note(`It is good until ${expiresAt.toISOString()}. FILE is what is uploaded.`);
  output.result({ method: "POST", url, fields, expiresAt, curl }, () => `${curl}\n`);
}

/** curl takes dots out of a path unless it is told not to, and they are part of the key. */
function curlFor(key: string): string {
  return /(?:^|\/)\.{1,2}(?:\/|$)/.test(key) ? "curl --fail --path-as-is" : "curl --fail";
}

/** A name in this directory, and nowhere else. */
function localName(key: string): string {
  const name = key.slice(key.lastIndexOf("/") + 1);
  return name === "" || name === "." || name === ".." ? "object" : name.replace(/^-/, "./-");
}
