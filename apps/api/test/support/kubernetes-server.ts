// A stand-in for the Secrets of an API server, with its rules of server-side apply:
// https://kubernetes.io/docs/reference/using-api/server-side-apply/
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type StoredSecret = {
  readonly metadata: { name: string; namespace: string; uid: string; resourceVersion: string; labels: Fields };
  data: Fields;
  /** Of each field (`data.X`, `labels.X`), who has applied it. */
  readonly owners: Map<string, Set<string>>;
};

type Fields = Record<string, string>;

export type KubernetesServer = {
  readonly url: string;
  readonly token: string;
  readonly secrets: ReadonlyMap<string, StoredSecret>;
  /** Somebody else applies. Answers the status. */
  apply(path: string, manager: string, data: Fields): number;
  /** Answers every request with this from now on; undefined: as it does. */
  failWith: number | undefined;
  close(): Promise<void>;
};

export async function startKubernetesServer(namespaces: readonly string[]): Promise<KubernetesServer> {
  const secrets = new Map<string, StoredSecret>();
  const token = randomUUID();
  let version = 0;

  const applyFields = (path: string, wanted: Map<string, string>, manager: string, force: boolean) => {
    const [, namespace = "", name = ""] = pathPattern.exec(path) ?? [];
    const secret = secrets.get(path) ?? newSecret(namespace, name);
    const conflicts = [...wanted].filter(([field, value]) => {
      const owners = secret.owners.get(field) ?? new Set();
      return [...owners].some((owner) => owner !== manager) && currentValue(secret, field) !== value;
    });
    if (conflicts.length > 0 && !force) {
      const causes = conflicts.map(([field]) => ({ reason: "FieldManagerConflict", field: `.${field}` }));
      return { status: 409, body: { kind: "Status", code: 409, reason: "Conflict", details: { causes } } };
    }
    // What this manager has applied before and does not name any more goes, unless another one has applied it, too.
    for (const [field, owners] of secret.owners) {
      if (wanted.has(field) || !owners.delete(manager) || owners.size > 0) continue;
      secret.owners.delete(field);
      setValue(secret, field, undefined);
    }
    for (const [field, value] of wanted) {
      const owners = secret.owners.get(field);
      const isShared = owners !== undefined && currentValue(secret, field) === value;
      secret.owners.set(field, new Set(isShared ? [...owners, manager] : [manager]));
      setValue(secret, field, value);
    }
    version += 1;
    secret.metadata.resourceVersion = String(version);
    const isNew = !secrets.has(path);
    secrets.set(path, secret);
    return { status: isNew ? 201 : 200, body: show(secret) };
  };

  const answer = async (message: IncomingMessage): Promise<{ status: number; body: unknown }> => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk);
    if (message.headers.authorization !== `Bearer ${token}`) return failure(401);
    if (server.failWith !== undefined) return failure(server.failWith);
    const url = new URL(message.url ?? "", "http://kubernetes");
    const [, namespace = ""] = pathPattern.exec(url.pathname) ?? [];
    if (!namespaces.includes(namespace)) return failure(404);
    const found = secrets.get(url.pathname);
    const body = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
    if (message.method === "PATCH") {
      if (message.headers["content-type"] !== "application/apply-patch+yaml") return failure(415);
      const manager = url.searchParams.get("fieldManager");
      if (manager === null || manager === "" || manager.length > 128) return failure(422);
      if (body.metadata.managedFields !== undefined || body.kind !== "Secret") return failure(400);
      const isBase64 = (text: unknown) => typeof text === "string" && /^[\w+/]*={0,2}$/.test(text);
      if (!Object.values(body.data ?? {}).every(isBase64)) return failure(400);
      return applyFields(url.pathname, fieldsOf(body), manager, url.searchParams.get("force") === "true");
    }
    if (found === undefined) return failure(404);
    if (message.method === "GET") return { status: 200, body: show(found) };
    if (message.method !== "DELETE") return failure(405);
    const { uid = found.metadata.uid, resourceVersion = found.metadata.resourceVersion } = body.preconditions ?? {};
    if (uid !== found.metadata.uid || resourceVersion !== found.metadata.resourceVersion) return failure(409);
    secrets.delete(url.pathname);
    return { status: 200, body: { kind: "Status", status: "Success" } };
  };

  const http = createServer((message, response: ServerResponse) => {
    void answer(message).then(({ status, body }) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const server: KubernetesServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    token,
    secrets,
    apply: (path, manager, data) => applyFields(path, fieldsOf({ metadata: {}, data }), manager, false).status,
    failWith: undefined,
    async close() {
      http.close();
      http.closeAllConnections();
      if (http.listening) await once(http, "close");
    },
  };
  return server;
}

const pathPattern = /^\/api\/v1\/namespaces\/([^/]+)\/secrets\/([^/]+)$/;

function newSecret(namespace: string, name: string): StoredSecret {
  const metadata = { name, namespace, uid: randomUUID(), resourceVersion: "0", labels: {} };
  return { metadata, data: {}, owners: new Map() };
}

function fieldsOf(body: { metadata: { labels?: Fields }; data?: Fields }): Map<string, string> {
  const named = (group: string, fields: Fields = {}) =>
    Object.entries(fields).map(([name, value]): [string, string] => [`${group}.${name}`, value]);
  return new Map([...named("labels", body.metadata.labels), ...named("data", body.data)]);
}

function placeOf(secret: StoredSecret, field: string): { fields: Fields; name: string } {
  const [group = "", ...rest] = field.split(".");
  return { fields: group === "labels" ? secret.metadata.labels : secret.data, name: rest.join(".") };
}

function currentValue(secret: StoredSecret, field: string): string | undefined {
  const { fields, name } = placeOf(secret, field);
  return fields[name];
}

function setValue(secret: StoredSecret, field: string, value: string | undefined): void {
  const { fields, name } = placeOf(secret, field);
  if (value === undefined) delete fields[name];
  else fields[name] = value;
}

function show({ metadata, data, owners }: StoredSecret) {
  const managers = new Set([...owners.values()].flatMap((names) => [...names]));
  const managedFields = [...managers].map((manager) => ({ manager, operation: "Apply", fieldsType: "FieldsV1" }));
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { ...metadata, ...(managedFields.length > 0 && { managedFields }) },
    ...(Object.keys(data).length > 0 && { data }),
  };
}

function failure(code: number) {
  return { status: code, body: { kind: "Status", status: "Failure", code, message: "no" } };
}
