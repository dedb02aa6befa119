import type { ProblemCode } from "@stave/api-contract";
import { DockerServicesError, type DockerServicesErrorCode } from "@stave/docker-services";
import { Problem } from "../http/problem.ts";

/** What Docker refuses is an answer for who asked. What is in `secrets` is not repeated: engines write to their log what they like. */
export async function orDockerProblem<Result>(work: Promise<Result>, secrets: readonly string[] = []): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof DockerServicesError ? dockerProblem(error, secrets) : error;
  }
}

export function dockerProblem(error: DockerServicesError, secrets: readonly string[] = []): Problem {
  const { code, nextActions } = problems[error.code];
  return new Problem(code, {
    detail: redact(error.message, secrets),
    cause: error,
    ...(nextActions && { nextActions }),
  });
}

/** Longest first, so that no rest of one is left that has another in it. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= shortestSecret)
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
}

/** Shorter ones are words such as "on", and would make a log unreadable. */
const shortestSecret = 6;

export const dockerAway = [
  "Install Docker on this machine and start dockerd, or name its socket with --docker-socket.",
  "Or use the engine stave, which is built in, or external for a server that you run yourself.",
];

const problems: Readonly<
  Record<DockerServicesErrorCode, { readonly code: ProblemCode; readonly nextActions?: readonly string[] }>
> = {
  Conflict: { code: "CONFLICT" },
  ContainerNotFound: { code: "CONFLICT", nextActions: ["Start the service: its container is made again."] },
  DiskFull: { code: "UNAVAILABLE", nextActions: ["Free some space where Docker keeps its data, and try again."] },
  DockerFailed: { code: "UNAVAILABLE", nextActions: ["Look into the log of dockerd."] },
  DockerUnreachable: { code: "UNAVAILABLE", nextActions: dockerAway },
  ImageInvalid: { code: "UNPROCESSABLE" },
  ImageNotFound: { code: "UNPROCESSABLE", nextActions: ["Look at the name and the tag of the image."] },
  ImageWrongArchitecture: { code: "UNPROCESSABLE" },
  InvalidSpec: { code: "UNPROCESSABLE" },
  LimitRefused: { code: "UNPROCESSABLE" },
  NameTaken: { code: "CONFLICT", nextActions: ["Take another name, or import the container that has it."] },
  NetworkInUse: { code: "CONFLICT" },
  NetworkNotFound: { code: "CONFLICT" },
  NotHealthy: { code: "UNPROCESSABLE" },
  PortTaken: { code: "CONFLICT", nextActions: ["Name another port, or none: then the first free one is taken."] },
  PullFailed: { code: "UNAVAILABLE", nextActions: ["Try again, or load the image into Docker yourself."] },
  StartFailed: { code: "UNPROCESSABLE" },
  VolumeInUse: { code: "CONFLICT" },
  VolumeNotFound: { code: "CONFLICT" },
};
