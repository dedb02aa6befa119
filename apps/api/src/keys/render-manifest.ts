// Secret: https://kubernetes.io/docs/concepts/configuration/secret/; obc: what lib-bucket-provisioner makes of an ObjectBucketClaim

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
  if (format === "json") return `${JSON.stringify(variables(input), null, 2)}\n`;
  if (format === "dotenv") return dotenv(variables(input));
  const { accessKeyId, secretAccessKey, endpoint, region, bucket } = input;
  const pair = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  switch (format) {
    case "flat":
      return secret(input, {
        ACCESS_KEY: accessKeyId,
        SECRET_KEY: secretAccessKey,
        ENDPOINT: endpoint,
        REGION: region,
        BUCKET: bucket,
      });
    case "aws":
      return secret(input, { ...pair, ...awsVariables(input), BUCKET_NAME: bucket });
    case "obc": {
      const { host, port } = placeOf(endpoint);
      const values = { BUCKET_HOST: host, BUCKET_PORT: port, BUCKET_NAME: bucket, BUCKET_REGION: region };
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

function variables(input: ManifestInput): Values {
  const { accessKeyId, secretAccessKey, endpoint, region, bucket } = input;
  const { host, port } = placeOf(endpoint);
  return {
    S3_ENDPOINT: endpoint,
    S3_HOST: host,
    S3_PORT: port,
    S3_ACCESS_KEY: accessKeyId,
    S3_SECRET_KEY: secretAccessKey,
    S3_REGION: region,
    S3_BUCKET: bucket,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...awsVariables(input),
  };
}

function awsVariables({ endpoint, region }: ManifestInput): Values {
  return {
    AWS_DEFAULT_REGION: region,
    AWS_REGION: region,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
  };
}

function placeOf(endpoint: string): { readonly host: string; readonly port: string } {
  const { hostname, port, protocol } = new URL(endpoint);
  return { host: hostname.replaceAll(/^\[|\]$/g, ""), port: port || (protocol === "https:" ? "443" : "80") };
}

/** Bare where that is possible: readers of such files differ in what they take off. */
function dotenv(values: Values): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${/^[\w./:@%+=,-]*$/.test(value) ? value : JSON.stringify(value)}\n`)
    .join("");
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
