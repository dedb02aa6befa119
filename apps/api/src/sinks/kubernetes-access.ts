// kubeconfig: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/; pods: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { z } from "@stave/api-contract";
import { SinkError } from "./sink.ts";

/** Where the API server is, and how it is convinced. */
export type KubernetesAccess = {
  readonly server: string;
  readonly ca?: string;
  readonly token?: string;
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
};

const podFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Read with each use: tokens of pods are exchanged all the time. Throws a {@link SinkError}. */
export async function readKubernetesAccess(
  kubeconfig: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<KubernetesAccess> {
  if (kubeconfig !== undefined) return await readKubeconfig(kubeconfig);
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = env;
  if (host === undefined || !existsSync(join(podFolder, "token"))) {
    throw new SinkError("The api runs in no pod, and was started without --kubeconfig.", { mayRetry: false });
  }
  const [token, ca] = await Promise.all([
    readFile(join(podFolder, "token"), "utf8"),
    readFile(join(podFolder, "ca.crt"), "utf8"),
  ]);
  return { server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`, token: token.trim(), ca };
}

const named = <Value extends z.ZodType>(field: string, value: Value) =>
  z.array(z.looseObject({ name: z.string(), [field]: value }));
const kubeconfigSchema = z.looseObject({
  "current-context": z.string(),
  contexts: named("context", z.looseObject({ cluster: z.string(), user: z.string() })),
  clusters: named(
    "cluster",
    z.looseObject({
      server: z.url({ protocol: /^https?$/ }),
      "certificate-authority": z.string().optional(),
      "certificate-authority-data": z.string().optional(),
      "insecure-skip-tls-verify": z.boolean().optional(),
    }),
  ),
  users: named(
    "user",
    z.looseObject({
      token: z.string().optional(),
      tokenFile: z.string().optional(),
      "client-certificate": z.string().optional(),
      "client-certificate-data": z.string().optional(),
      "client-key": z.string().optional(),
      "client-key-data": z.string().optional(),
    }),
  ),
});

type Entry = { readonly [field: string]: unknown };

async function readKubeconfig(file: string): Promise<KubernetesAccess> {
  const parsed = kubeconfigSchema.safeParse(await readYaml(file));
  if (!parsed.success) throw unusable("it is not one, or has no current context");
  const find = (entries: readonly Entry[], name: unknown, field: string): Entry => {
    const found = entries.find((entry) => entry.name === name)?.[field];
    if (typeof found !== "object" || found === null) throw unusable(`it has no ${field} of the current context`);
    return found as Entry;
  };
  const { contexts, clusters, users } = parsed.data;
  const context = find(contexts, parsed.data["current-context"], "context");
  const cluster = find(clusters, context.cluster, "cluster");
  const user = find(users, context.user, "user");
  for (const plugin of ["exec", "auth-provider"]) {
    if (user[plugin] === undefined || user[plugin] === null) continue;
    throw unusable(
      `its user signs in with a program (\`${plugin}\`), and none is run here: name a token, a tokenFile or a client certificate`,
    );
  }
  if (cluster["insecure-skip-tls-verify"] === true) throw unusable("it turns the check of certificates off");
  const read = (entry: Entry, field: string) => readField(entry, field, dirname(file));
  const [ca, cert, key, token] = await Promise.all([
    read(cluster, "certificate-authority"),
    read(user, "client-certificate"),
    read(user, "client-key"),
    typeof user.tokenFile === "string" ? readFile(resolve(dirname(file), user.tokenFile), "utf8") : user.token,
  ]);
  if (token === undefined && (cert === undefined || key === undefined)) {
    throw unusable("its user has neither a token nor a client certificate with its key");
  }
  return {
    server: String(cluster.server).replace(/\/+$/, ""),
    ...(ca !== undefined && { ca }),
    ...(typeof token === "string" && { token: token.trim() }),
    ...(cert !== undefined && key !== undefined && { clientCertificate: { cert, key } }),
  };
}

/** A file, or what is in it. */
async function readField(entry: Entry, field: string, folder: string): Promise<string | undefined> {
  const data = entry[`${field}-data`];
  if (typeof data === "string") return Buffer.from(data, "base64").toString();
  const path = entry[field];
  return typeof path === "string" ? await readFile(resolve(folder, path), "utf8") : undefined;
}

/** Much more than any has; whoever writes it is the operator. */
const maxBytes = 1024 * 1024;

/** JSON is YAML, too. */
async function readYaml(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new SinkError("The file of --kubeconfig cannot be read.", { mayRetry: false, cause });
  }
  if (text.length > maxBytes) throw unusable("it is too large");
  const { parse } = await import("yaml"); // it takes 3 MiB, and most installations have no such file
  try {
    return parse(text, { maxAliasCount: 100 });
  } catch {
    // Its message quotes the line, which may hold a token.
    throw unusable("it is neither YAML nor JSON");
  }
}

function unusable(reason: string): SinkError {
  return new SinkError(`The file of --kubeconfig cannot be used: ${reason}.`, { mayRetry: false });
}
