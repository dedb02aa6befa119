import { DockerServicesError, type DockerServicesErrorCode } from "./docker-services-error.ts";

/** As dockerode fails: either no answer, with the `code` of the system, or one with a status and Docker's own sentence. */
type EngineFailure = Error & {
  readonly code?: string;
  readonly statusCode?: number;
  readonly json?: { readonly message?: string } | null;
};

/** Turns what dockerode threw into an error with a code. `address` is where the engine was looked for. */
export function readEngineError(error: unknown, address: string): DockerServicesError {
  if (error instanceof DockerServicesError) return error;
  if (!(error instanceof Error)) return new DockerServicesError("DockerFailed", `Docker failed: ${String(error)}`);
  const failure: EngineFailure = error;
  if (failure.statusCode === undefined) return unreachable(failure, address);
  // Streamed requests have their sentence only in the text that dockerode made of it.
  const text = failure.json?.message ?? failure.message.replace(/^\(HTTP code \d+\) [^-]* - /, "");
  return readEngineMessage(text.trim(), { status: failure.statusCode, cause: error });
}

/** The same for a sentence of the engine that came inside a stream. */
export function readEngineMessage(
  text: string,
  { status, cause }: { readonly status?: number; readonly cause?: unknown } = {},
): DockerServicesError {
  const shape = shapes.find((it) => (it.status === undefined || it.status === status) && it.text.test(text));
  const { code, advice = "" } = shape ?? fallback(status);
  return new DockerServicesError(code, `Docker says: ${text}${/[.!]$/.test(text) ? "" : "."}${advice}`, { cause });
}

type Shape = {
  readonly code: DockerServicesErrorCode;
  readonly text: RegExp;
  readonly status?: number;
  readonly advice?: string;
};

// Docker tells most failures apart only by their wording, and answers 500 for half of them. Compared with engines 20.10 and 28.5.
const shapes: readonly Shape[] = [
  { code: "DiskFull", text: /no space left on device/, advice: " Free some space where Docker keeps its data." },
  { code: "PortTaken", text: /port is already allocated|address already in use|ports are not available/ },
  {
    code: "ImageWrongArchitecture",
    text: /exec format error|no matching manifest for|does not match the (?:detected|specified) .*platform/,
    advice: " Take an image for the architecture of this machine.",
  },
  {
    code: "LimitRefused",
    text: /unable to set memory limit|current usage|Minimum memory|memoryswap limit|Range of CPUs|cfs_quota_us/i,
  },
  {
    code: "ImageNotFound",
    text: /no such image|manifest (?:for .* not found|unknown)|repository .*(?:does not exist|not found)|name unknown/i,
    advice: " Pull it first, or look at its name and tag.",
  },
  { code: "ImageInvalid", text: /invalid reference format|invalid tag format/ },
  { code: "VolumeNotFound", text: /no such volume/i },
  // Docker calls a missing network a missing container in its status line, and names it right in the sentence.
  { code: "NetworkNotFound", text: /network \S+ not found|no such network/i },
  { code: "ContainerNotFound", text: /no such container|is not running/i, status: 404 },
  { code: "NameTaken", text: /container name .* is already in use/i },
  { code: "VolumeInUse", text: /volume is in use/i },
  { code: "NetworkInUse", text: /has active endpoints/ },
  {
    code: "StartFailed",
    text: /failed to create (?:shim|task)|OCI runtime|executable file not found|exec: .*no such file/,
  },
];

function fallback(status: number | undefined): Pick<Shape, "code" | "advice"> {
  return { code: status === 409 ? "Conflict" : "DockerFailed" };
}

const advices: Readonly<Record<string, string>> = {
  ENOENT: "there is no engine: install Docker and start dockerd, or name its socket",
  EACCES: "this user may not use the socket: add it to the group docker",
  EPERM: "this user may not use the socket: add it to the group docker",
  ECONNREFUSED: "nobody listens there: the engine is down, start dockerd",
};

function unreachable(failure: EngineFailure, address: string): DockerServicesError {
  const { code } = failure;
  if (code === undefined) return new DockerServicesError("DockerFailed", failure.message, { cause: failure });
  const advice = advices[code] ?? `the connection failed (${code}): is dockerd running?`;
  return new DockerServicesError("DockerUnreachable", `Docker at ${address}: ${advice}.`, { cause: failure });
}
