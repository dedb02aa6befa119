import { DockerServicesError, type EngineHost } from "@stave/docker-services";
import type { ApiContext } from "../context.ts";
import { withDeadline } from "../process/with-deadline.ts";
import { orDockerProblem } from "./docker-problem.ts";

/** Whoever asks for something does not wait for longer to hear that Docker hangs. */
const patienceMs = 5_000;

/** What the machine has. Throws a `Problem` when Docker is away. */
export async function requireDocker({ docker }: Pick<ApiContext, "docker">): Promise<EngineHost> {
  return await orDockerProblem(withPatience((signal) => docker.host({ signal })));
}

/** Ends what takes too long for somebody who waits. */
export async function withPatience<Result>(ask: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  return await withDeadline(patienceMs, async (signal) => {
    try {
      return await ask(signal);
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      throw new DockerServicesError("DockerUnreachable", `Docker did not answer within ${patienceMs / 1000} s.`, {
        cause: error,
      });
    }
  });
}
