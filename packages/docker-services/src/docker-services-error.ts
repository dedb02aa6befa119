/** What went wrong with Docker, so that programs need not read its sentences. */
export type DockerServicesErrorCode =
  | "Conflict"
  | "ContainerNotFound"
  | "DiskFull"
  | "DockerFailed"
  | "DockerUnreachable"
  | "ImageInvalid"
  | "ImageNotFound"
  | "ImageWrongArchitecture"
  | "InvalidSpec"
  | "LimitRefused"
  | "NameTaken"
  | "NetworkInUse"
  | "NetworkNotFound"
  | "NotHealthy"
  | "PortTaken"
  | "PullFailed"
  | "StartFailed"
  | "VolumeInUse"
  | "VolumeNotFound";

/** Something about a container or the engine that runs it did not work. The message says what to do. */
export class DockerServicesError extends Error {
  override readonly name = "DockerServicesError";
  readonly code: DockerServicesErrorCode;

  constructor(code: DockerServicesErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function hasCode(error: unknown, ...codes: readonly DockerServicesErrorCode[]): error is DockerServicesError {
  return error instanceof DockerServicesError && codes.includes(error.code);
}
