export type LinkTarget = {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly bucket: string;
  /** Before each name, with an underscore; empty for none. */
  readonly prefix: string;
};

/** Names and values, in the order in which they are shown. */
export type Variables = Readonly<Record<string, string>>;

/** What an application gets: the one place that says so, for previews, sinks and files alike. */
export function linkVariables(target: LinkTarget): Variables {
  const { endpoint, region, accessKeyId, secretAccessKey, bucket, prefix } = target;
  const { hostname, port, protocol } = new URL(endpoint);
  const defaultPort = protocol === "https:" ? "443" : "80";
  const plain = {
    S3_ENDPOINT: endpoint,
    S3_HOST: hostname.replace(/^\[|\]$/g, ""),
    S3_PORT: port === "" ? defaultPort : port,
    S3_ACCESS_KEY: accessKeyId,
    S3_SECRET_KEY: secretAccessKey,
    S3_REGION: region,
    S3_BUCKET: bucket,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_DEFAULT_REGION: region,
    AWS_REGION: region,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
  };
  if (prefix === "") return plain;
  return Object.fromEntries(Object.entries(plain).map(([name, value]) => [`${prefix}_${name}`, value]));
}

export function isSensitive(name: string): boolean {
  return /PASSWORD|PASS|SECRET|KEY|TOKEN|CREDENTIAL|AUTH|PRIVATE|CERT/i.test(name);
}

export function maskVariables(variables: Variables): Variables {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, isSensitive(name) ? "***" : value]),
  );
}
