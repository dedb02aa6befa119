import { type ContainerStats, DockerServicesError, type StatsResult } from "@stave/docker-services";
import type { ApiContext } from "../context.ts";
import { withDeadline } from "../process/with-deadline.ts";

/** What the containers of services use. However many ask, each is asked once in a while. */
export interface ContainerUse {
  /** Of a moment at most five seconds ago. What becomes of one container is in its sample, not thrown. */
  read(containerId: string): Promise<UseSample>;
}

export type UseSample = {
  readonly at: Date;
  readonly result:
    | { readonly outcome: "sampled"; readonly stats: ContainerStats }
    | { readonly outcome: "missing" | "stopped" }
    | { readonly outcome: "failed"; readonly error: DockerServicesError };
};

/** Who asks every five seconds gets a sample of his own each time, but for the jitter of his clock. */
const freshMs = 4_500;
const patienceMs = 5_000;
/** Those that nobody has asked for since are forgotten. */
const keptMs = 60_000;

export function createContainerUse({ docker, now }: Pick<ApiContext, "docker" | "now">): ContainerUse {
  const samples = new Map<string, { readonly askedMs: number; readonly sample: Promise<UseSample> }>();

  const ask = (containerId: string): Promise<UseSample> =>
    withDeadline(patienceMs, async (signal) => {
      const result = await docker.stats([containerId], { signal }).then(
        ([found]): StatsResult => found ?? { id: containerId, outcome: "missing" },
        (cause: unknown): StatsResult => {
          if (!signal.aborted && !(cause instanceof DockerServicesError)) throw cause;
          const text = `Docker did not answer within ${patienceMs / 1000} s.`;
          const error =
            cause instanceof DockerServicesError
              ? cause
              : new DockerServicesError("DockerUnreachable", text, { cause });
          return { id: containerId, outcome: "failed", error };
        },
      );
      return { at: now(), result };
    });

  return {
    read(containerId) {
      const askedMs = performance.now();
      const known = samples.get(containerId);
      if (known !== undefined && askedMs - known.askedMs < freshMs) return known.sample;
      for (const [id, { askedMs: then }] of samples) if (askedMs - then > keptMs) samples.delete(id);
      const sample = ask(containerId);
      samples.set(containerId, { askedMs, sample });
      const forget = () => samples.get(containerId)?.sample === sample && samples.delete(containerId);
      // What does not run is asked again at once: it may do so in a moment.
      sample.then(({ result }) => result.outcome === "sampled" || forget(), forget);
      return sample;
    },
  };
}
