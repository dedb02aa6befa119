import { setTimeout as delay } from "node:timers/promises";
import { dockerCall } from "./docker-call.ts";

export interface RunContainerOptions {
  readonly image: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A named volume at `/data`. @default one that goes with the container */
  readonly volume?: string;
  /** What answers 200 when it is well. @default any answer will do */
  readonly healthPath?: string;
  readonly network?: string;
}

export type RunningContainer = {
  readonly id: string;
  /** Of its port 9000, on 127.0.0.1. */
  readonly port: number;
  readonly endpoint: string;
  /** What it has printed on both of its outputs. */
  log(): Promise<string>;
  remove(): Promise<void>;
};

const patienceMs = 30_000;

/** Runs an S3 server in a container that may do nothing else, and waits until it is well. */
export async function runContainer(socketPath: string, options: RunContainerOptions): Promise<RunningContainer> {
  const { image, env = {}, volume, network } = options;
  const { Id: id } = await dockerCall<{ Id: string }>(socketPath, "/containers/create", {
    method: "POST",
    body: {
      Image: image,
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ExposedPorts: { "9000/tcp": {} },
      HostConfig: {
        ReadonlyRootfs: true,
        Tmpfs: { "/tmp": "" },
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges:true"],
        PidsLimit: 512,
        PortBindings: { "9000/tcp": [{ HostIp: "127.0.0.1", HostPort: "0" }] },
        ...(volume !== undefined && { Binds: [`${volume}:/data`] }),
        ...(network !== undefined && { NetworkMode: network }),
      },
    },
  });
  const remove = () => dockerCall(socketPath, `/containers/${id}?force=1&v=1`, { method: "DELETE" });
  const log = () => dockerCall<string>(socketPath, `/containers/${id}/logs?stdout=1&stderr=1`);
  try {
    await dockerCall(socketPath, `/containers/${id}/start`, { method: "POST" });
    const port = await publishedPort(socketPath, id);
    const endpoint = `http://127.0.0.1:${port}`;
    await untilWell(socketPath, id, `${endpoint}${options.healthPath ?? "/"}`, options.healthPath !== undefined);
    return { id, port, endpoint, log, remove: async () => void (await remove()) };
  } catch (error) {
    const printed = await log().catch(String);
    await remove();
    throw new Error(`${image} did not get well; it printed:\n${printed}`, { cause: error });
  }
}

type Inspected = {
  readonly State: { readonly Running: boolean; readonly ExitCode: number };
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { readonly HostPort: string }[] | null>>;
  };
};

async function publishedPort(socketPath: string, id: string): Promise<number> {
  const { NetworkSettings } = await dockerCall<Inspected>(socketPath, `/containers/${id}/json`);
  return Number(NetworkSettings.Ports["9000/tcp"]?.[0]?.HostPort ?? 0);
}

async function untilWell(socketPath: string, id: string, url: string, mustBeOk: boolean): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const status = await fetch(url).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => undefined,
    );
    if (status === 200 || (status !== undefined && !mustBeOk)) return;
    const { State } = await dockerCall<Inspected>(socketPath, `/containers/${id}/json`);
    if (!State.Running) throw new Error(`It has ended with ${State.ExitCode}`);
    if (performance.now() > deadline) throw new Error(`${url} answers ${status ?? "nothing"}`);
    await delay(50);
  }
}
