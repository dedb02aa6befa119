/** What a first start prints once. */
export type FirstCredentials = { accessKeyId?: string; secretAccessKey?: string; token?: string };

/** Reads one line of what a server prints: its address when it is ready. What is secret goes to `found`. */
export function readAnnouncement(line: string, found: FirstCredentials): string | undefined {
  const [, accessKeyId] = /^ {2}access key {2,}(\S+)$/.exec(line) ?? [];
  const [, secretAccessKey] = /^ {2}secret key {2,}(\S+)$/.exec(line) ?? [];
  const [, token] = /^administrator token [^:]*: (\S+)$/.exec(line) ?? [];
  if (accessKeyId !== undefined) found.accessKeyId = accessKeyId;
  if (secretAccessKey !== undefined) found.secretAccessKey = secretAccessKey;
  if (token !== undefined) found.token = token;
  return /^ready (http:\/\/\S+)$/.exec(line)?.[1];
}
