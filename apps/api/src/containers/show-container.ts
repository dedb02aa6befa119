import type { ContainerRecord, ServiceRecord } from "@stave/control-database";
import { knownEngine } from "./engine-of.ts";

/** A container as the API shows it. */
export function showContainer(container: ContainerRecord, service: Pick<ServiceRecord, "engine" | "parameters">) {
  const { apiPort, consolePort } = container;
  const { console_path: own } = service.parameters;
  const path = knownEngine(service)?.consolePath ?? (typeof own === "string" ? own : "/");
  return {
    container_name: container.containerName,
    container_id: container.containerId ?? null,
    image: container.image,
    image_id: container.imageId ?? null,
    image_digest: container.imageDigest ?? null,
    volume: container.volume ?? null,
    network: container.network,
    publish: container.publish,
    port: apiPort ?? null,
    console_port: consolePort ?? null,
    console_url: consolePort === undefined ? null : `http://127.0.0.1:${consolePort}${path}`,
    is_imported: container.isAdopted,
  };
}
