import type { Host } from "@stave/resource-limits";
import type { CallOptions, EngineClient } from "./engine-client.ts";

/** The machine that containers run on, and its engine. */
export interface EngineHost extends Host {
  /** As images say it: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly engineVersion: string;
  /** 1 or 2. */
  readonly cgroupVersion: number;
  /** Whether swap limits are enforced. */
  readonly isSwapLimited: boolean;
  /** Where the engine keeps images and volumes. */
  readonly dataDirectory: string;
}

type Info = {
  readonly MemTotal: number;
  readonly NCPU: number;
  readonly Architecture: string;
  readonly ServerVersion: string;
  readonly CgroupVersion?: string;
  readonly SwapLimit: boolean;
  readonly DockerRootDir: string;
};

export async function readHost(client: EngineClient, options: CallOptions = {}): Promise<EngineHost> {
  const info = await client.request<Info>("GET", "/info", options);
  return {
    memoryBytes: info.MemTotal,
    cpuCores: info.NCPU,
    architecture: architectures[info.Architecture] ?? info.Architecture,
    engineVersion: info.ServerVersion,
    cgroupVersion: Number(info.CgroupVersion ?? 1),
    isSwapLimited: info.SwapLimit,
    dataDirectory: info.DockerRootDir,
  };
}

/** The kernel's names, in the words of images. */
const architectures: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  aarch64: "arm64",
  armv7l: "arm",
  i686: "386",
};
