import { DockerServicesError, hasCode } from "./docker-services-error.ts";
import { type CallOptions, segment } from "./engine-client.ts";
import type { EngineContext } from "./engine-context.ts";
import { labelFilter, labels } from "./labels.ts";
import type { CompleteSpec } from "./service-spec.ts";

type Labelled = { readonly Labels?: Readonly<Record<string, string>> | null };

/** Makes the volume, or finds it. Throws `Conflict` for one that belongs to somebody else. Says whether it was made. */
export async function ensureVolume(
  context: EngineContext,
  { id, volumeName, isVolumeAdopted }: CompleteSpec,
  options: CallOptions,
): Promise<boolean> {
  const { client } = context;
  const existing = await findVolume(context, volumeName, options);
  if (isVolumeAdopted && existing === undefined) {
    throw new DockerServicesError("VolumeNotFound", `There is no volume ${volumeName} to adopt.`);
  }
  // Docker answers a create of what exists with 200 and the volume of the other: whose it is only the label tells.
  const body = { Name: volumeName, Driver: "local", Labels: { [labels.service]: id } };
  const volume = existing ?? (await client.request<Labelled>("POST", "/volumes/create", { body, ...options }));
  if (!isVolumeAdopted && volume.Labels?.[labels.service] !== id) throw ofSomebodyElse("volume", volumeName);
  return existing === undefined;
}

export async function findVolume(
  { client }: EngineContext,
  name: string,
  options: CallOptions = {},
): Promise<Labelled | undefined> {
  try {
    return await client.request<Labelled>("GET", `/volumes/${segment(name)}`, options);
  } catch (error) {
    if (hasCode(error, "VolumeNotFound")) return undefined;
    throw error;
  }
}

/** The same for the network. */
export async function ensureNetwork(
  { client }: EngineContext,
  { id, networkName, publish }: CompleteSpec,
  options: CallOptions,
): Promise<boolean> {
  type Network = Labelled & { readonly Name: string; readonly Internal: boolean };
  const query = { filters: JSON.stringify({ name: [`^${networkName.replaceAll(".", "\\.")}$`] }) };
  const found = await client.request<Network[]>("GET", "/networks", { query, ...options });
  const existing = found.find(({ Name }) => Name === networkName);
  const isInternal = publish === "none";
  if (existing === undefined) {
    // Without CheckDuplicate engine 20.10 makes a second one of the same name.
    const Labels = { [labels.service]: id };
    const body = { Name: networkName, Driver: "bridge", Internal: isInternal, CheckDuplicate: true, Labels };
    await client.request("POST", "/networks/create", { body, ...options });
    return true;
  }
  if (existing.Labels?.[labels.service] !== id) throw ofSomebodyElse("network", networkName);
  if (existing.Internal !== isInternal) {
    const text = `The network ${networkName} is ${isInternal ? "not internal" : "internal"}: name another one.`;
    throw new DockerServicesError("Conflict", text);
  }
  return false;
}

/** False: it is still used, or not ours. */
export async function removeVolume({ client }: EngineContext, name: string, options: CallOptions): Promise<boolean> {
  return remove(() => client.request("DELETE", `/volumes/${segment(name)}`, options), "VolumeNotFound");
}

export async function removeNetwork({ client }: EngineContext, id: string, options: CallOptions): Promise<boolean> {
  return remove(() => client.request("DELETE", `/networks/${segment(id)}`, options), "NetworkNotFound");
}

/** By their labels. */
export async function listOwnVolumes({ client }: EngineContext, serviceId: string, options: CallOptions) {
  const query = labelFilter(labels.service, serviceId);
  const { Volumes } = await client.request<{ Volumes: { Name: string }[] | null }>("GET", "/volumes", {
    query,
    ...options,
  });
  return (Volumes ?? []).map(({ Name }) => Name);
}

export async function listOwnNetworks({ client }: EngineContext, serviceId: string, options: CallOptions) {
  const query = labelFilter(labels.service, serviceId);
  return client.request<{ Id: string; Name: string }[]>("GET", "/networks", { query, ...options });
}

async function remove(send: () => Promise<unknown>, notFound: "NetworkNotFound" | "VolumeNotFound"): Promise<boolean> {
  try {
    await send();
    return true;
  } catch (error) {
    if (hasCode(error, notFound)) return true;
    if (hasCode(error, "VolumeInUse", "NetworkInUse")) return false;
    throw error;
  }
}

function ofSomebodyElse(kind: string, name: string): DockerServicesError {
  const text = `There is a ${kind} ${name} that does not belong to this service, and it is not touched: choose another name.`;
  return new DockerServicesError("Conflict", text);
}
