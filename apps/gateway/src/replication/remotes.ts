import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { type AddressRules, type Answer, parseServerUrl, sendRequest } from "@stave/outgoing-requests";
import { signRequest } from "@stave/sigv4-verify";
import { readAllowedNetworks } from "../outgoing/allowed-networks.ts";
import { readSettingsFile } from "../outgoing/read-settings-file.ts";

/** Another S3 server, and who we are there. Named by the operator, never by a client. */
export type Remote = {
  readonly name: string;
  readonly endpoint: URL;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Whether it is told that what it gets is a replica. Servers other than Stave may not know the header. */
  readonly sendsReplicaHeader: boolean;
  readonly addresses: AddressRules;
};

/** Reads a JSON array of remotes. Throws a `UsageError` that names the entry and the field at fault. */
export function readRemotes(file: string): readonly Remote[] {
  return readSettingsFile(file, "replication remotes", {
    fields: ["endpoint", "region", "accessKeyId", "secretAccessKey", "sendsReplicaHeader", "allowedNetworks"],
    parse: (entry, name) => ({
      name,
      endpoint: new URL(entry.text("endpoint", isEndpoint, "a URL with http or https, and without a query")),
      region: entry.text("region", (value) => /^[a-z0-9][a-z0-9-]{0,62}$/.test(value), "the name of a region"),
      accessKeyId: entry.text("accessKeyId", (value) => /^[\x21-\x7e]{1,128}$/.test(value), "an access key id"),
      secretAccessKey: entry.text("secretAccessKey", (value) => /^[\x21-\x7e]{1,256}$/.test(value), "a secret key"),
      sendsReplicaHeader: entry.flag("sendsReplicaHeader", true),
      addresses: readAllowedNetworks(entry),
    }),
  });
}

function isEndpoint(text: string): boolean {
  const url = parseServerUrl(text);
  return url !== undefined && url.search === "";
}

export type RemoteRequest = {
  readonly method: "DELETE" | "GET" | "HEAD" | "POST" | "PUT";
  readonly bucket: string;
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: { readonly bytes: Uint8Array | AsyncIterable<Uint8Array>; readonly sizeBytes: number };
  /** Whether it writes a replica. */
  readonly isReplica?: boolean;
};

export interface Remotes {
  has(name: string): boolean;
  /** Whatever the remote answers. */
  send(name: string, request: RemoteRequest, signal: AbortSignal): Promise<Answer>;
  /** Closes idle connections. */
  close(): void;
}

const idleTimeoutMs = 60_000;
const maxAnswerBytes = 1024 * 1024;

export function createRemotes(remotes: readonly Remote[], { now }: { readonly now: () => Date }): Remotes {
  const byName = new Map(remotes.map((remote) => [remote.name, remote]));
  // A connection for each of many small objects would take longer than they do.
  const keepAlive = { keepAlive: true, maxFreeSockets: 8, timeout: 10_000 };
  const agents = { "http:": new HttpAgent(keepAlive), "https:": new HttpsAgent(keepAlive) };
  return {
    has: (name) => byName.has(name),
    async send(name, request, signal) {
      const remote = byName.get(name);
      if (remote === undefined) throw new Error(`There is no replication remote ${name} any more`);
      const { endpoint, region, accessKeyId, secretAccessKey, addresses } = remote;
      const { method, body, isReplica = false } = request;
      const marks = isReplica && remote.sendsReplicaHeader;
      const signed = await signRequest(
        {
          method,
          url: `${endpoint.origin}${pathOf(endpoint, request)}${queryOf(request.query)}`,
          headers: { ...request.headers, ...(marks && { "x-amz-replication-status": "REPLICA" }) },
        },
        { region, accessKeyId, secretAccessKey, now, payloadHash: "UNSIGNED-PAYLOAD" },
      );
      return await sendRequest(
        {
          method,
          origin: endpoint,
          target: signed.target,
          headers: { ...signed.headers, ...(body !== undefined && { "content-length": String(body.sizeBytes) }) },
          ...(body !== undefined && { body: body.bytes }),
        },
        { addresses, signal, idleTimeoutMs, maxAnswerBytes, agent: agents[endpoint.protocol as keyof typeof agents] },
      );
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

function pathOf({ pathname }: URL, { bucket, key }: RemoteRequest): string {
  const mount = pathname.replace(/\/$/, "");
  return key === undefined ? `${mount}/${bucket}` : `${mount}/${bucket}/${key.split("/").map(escapeText).join("/")}`;
}

function queryOf(query: RemoteRequest["query"] = {}): string {
  const pairs = Object.entries(query).map(([name, value]) => `${escapeText(name)}=${escapeText(value)}`);
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

/** RFC 3986: everything but unreserved characters. */
function escapeText(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
