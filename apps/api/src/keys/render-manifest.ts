// Secret: https://kubernetes.io/docs/concepts/configuration/secret/; obc: what lib-bucket-provisioner makes of an ObjectBucketClaim
import { linkVariables } from "../links/link-variables.ts";
import { renderVariables } from "../links/render-variables.ts";

export type ManifestFormat = "flat" | "aws" | "obc" | "dotenv" | "json";

export type ManifestInput = {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly credentialId: string;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
};

type Values = Readonly<Record<string, string>>;

const maxNameLength = 63;

/** A credential as a file: manifests of Kubernetes, lines of a dotenv file, or JSON. */
export function renderManifest(format: ManifestFormat, input: ManifestInput): string {
  const { accessKeyId, secretAccessKey, endpoint, region, bucket } = input;
  const variables = linkVariables({ ...input, prefix: "" });
  const pair = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  switch (format) {
    case "json":
    case "dotenv":
      return renderVariables(variables, format, "");
    case "flat":
      return secret(input, {
        ACCESS_KEY: accessKeyId,
        SECRET_KEY: secretAccessKey,
        ENDPOINT: endpoint,
        REGION: region,
        BUCKET: bucket,
      });
    case "aws":
      return secret(input, { ...only(variables, "AWS_"), BUCKET_NAME: bucket });
    case "obc": {
      const { S3_HOST = "", S3_PORT = "" } = variables;
      const values = {
        BUCKET_HOST: S3_HOST,
        BUCKET_PORT: S3_PORT,
        BUCKET_NAME: bucket,
        BUCKET_REGION: region,
      };
      return `${secret(input, pair)}---\n${document(input, { kind: "ConfigMap", data: values })}`;
    }
  }
}

/** What Kubernetes takes for the name of an object. */
export function manifestName(wanted: string): string {
  const name = wanted
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, "-")
    .slice(0, maxNameLength)
    .replaceAll(/^-+|-+$/g, "");
  return name === "" ? "bucket-credential" : name;
}

function only(values: Values, start: string): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name.startsWith(start)));
}

function secret(input: ManifestInput, values: Values): string {
  return document(input, { kind: "Secret", type: "Opaque", stringData: values });
}

type Content = { readonly kind: string; readonly type?: string; readonly data?: Values; readonly stringData?: Values };

/** What JSON writes as a string is one in YAML, too. */
function document({ name, namespace, bucket, credentialId }: ManifestInput, content: Content): string {
  const { kind, type, data, stringData } = content;
  const metadata = {
    name: manifestName(name ?? `${bucket}-credential`),
    ...(namespace !== undefined && { namespace }),
  };
  const labels = {
    "app.kubernetes.io/managed-by": "stave",
    "stave/bucket": bucket,
    "stave/credential": credentialId,
  };
  const lines = [
    "apiVersion: v1",
    `kind: ${kind}`,
    "metadata:",
    ...entries(metadata, "  "),
    "  labels:",
    ...entries(labels, "    "),
    ...(type === undefined ? [] : [`type: ${type}`]),
    ...(data === undefined ? [] : ["data:", ...entries(data, "  ")]),
    ...(stringData === undefined ? [] : ["stringData:", ...entries(stringData, "  ")]),
  ];
  return `${lines.join("\n")}\n`;
}

function entries(values: Values, indent: string): readonly string[] {
  return Object.entries(values).map(([name, value]) => `${indent}${name}: ${JSON.stringify(value)}`);
}
