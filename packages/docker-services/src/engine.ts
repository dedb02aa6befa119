import { DockerServicesError } from "./docker-services-error.ts";
import { parseImageReference } from "./image-reference.ts";

/** An S3 server that can be had as an image, described so that nobody else has to know it. Plain data: it may be stored as JSON. */
export interface Engine {
  /** In names of containers: `rustfs`. */
  readonly name: string;
  readonly displayName: string;
  /** Existing ones are looked after; new ones should be something else. */
  readonly isDeprecated?: boolean;
  /** What is taken where nobody says otherwise. */
  readonly image?: string;
  /** Images whose repository ends so are of this engine, wherever they were mirrored to. */
  readonly repositories: readonly string[];
  readonly command?: readonly string[];
  /** Inside the container. */
  readonly ports: { readonly api: number; readonly console?: number };
  /** Names of the variables that take what is different for each service. */
  readonly variables: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly region?: string };
  /** Further variables that a service must bring, such as secrets of its own. */
  readonly requiredVariables?: readonly string[];
  /** The same for every service. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly health: {
    readonly path: string;
    /** What it answers when all is well. @default [200] */
    readonly statuses?: readonly number[];
  };
  readonly consolePath?: string;
  /** Where the volume goes. In the image it must belong to the user that the server runs as. */
  readonly dataPath: string;
  /** `uid:gid`, where the image's own will not do. */
  readonly user?: string;
  /** Paths to be had in memory, with mount options. */
  readonly tmpfs?: Readonly<Record<string, string>>;
  /** Whether it writes nowhere but to its volume and to `tmpfs`. */
  readonly hasReadOnlyRoot?: boolean;
  readonly minMemoryBytes: number;
  /** How its root key is changed: with a new container, over an API of its own, or not at all. */
  readonly rotation: "admin" | "none" | "recreate";
}

const mib = 1024 ** 2;

/** The default for new services. */
export const rustfs: Engine = {
  name: "rustfs",
  displayName: "RustFS",
  image: "rustfs/rustfs:1.0.0-alpha.98",
  repositories: ["rustfs/rustfs"],
  ports: { api: 9000, console: 9001 },
  variables: { accessKeyId: "RUSTFS_ACCESS_KEY", secretAccessKey: "RUSTFS_SECRET_KEY", region: "RUSTFS_REGION" },
  requiredVariables: ["RUSTFS_RPC_SECRET"],
  environment: {
    RUSTFS_VOLUMES: "/data",
    RUSTFS_ADDRESS: ":9000",
    RUSTFS_CONSOLE_ENABLE: "true",
    RUSTFS_CONSOLE_ADDRESS: ":9001",
    // Without it buckets are `relaxed`, and small objects are acknowledged before they are on the disk.
    RUSTFS_NEW_BUCKET_DURABILITY_MODE: "strict",
    // To standard output, where Docker keeps and turns over the log.
    RUSTFS_OBS_LOG_DIRECTORY: "",
  },
  // `/health` says ready before it is: https://github.com/rustfs/rustfs/issues/6285
  health: { path: "/health/ready" },
  consolePath: "/rustfs/console/",
  dataPath: "/data",
  tmpfs: { "/tmp": "mode=1777,size=64m", "/logs": "mode=1777,size=64m" },
  hasReadOnlyRoot: true,
  minMemoryBytes: 256 * mib,
  rotation: "recreate",
};

/** Its images are no longer published: for what already runs, and for those who have an image. */
export const minio: Engine = {
  name: "minio",
  displayName: "MinIO",
  isDeprecated: true,
  image: "minio/minio:RELEASE.2025-09-07T16-13-09Z",
  repositories: ["minio/minio"],
  command: ["server", "/data", "--console-address", ":9001"],
  ports: { api: 9000, console: 9001 },
  variables: { accessKeyId: "MINIO_ROOT_USER", secretAccessKey: "MINIO_ROOT_PASSWORD", region: "MINIO_REGION" },
  health: { path: "/minio/health/ready" },
  consolePath: "/",
  dataPath: "/data",
  minMemoryBytes: 256 * mib,
  rotation: "recreate",
};

/** Stave's own gateway. */
export const stave: Engine = {
  name: "stave",
  displayName: "Stave",
  image: "stave/stave:latest",
  repositories: ["stave/stave"],
  ports: { api: 9000 },
  variables: { accessKeyId: "STAVE_ROOT_ACCESS_KEY", secretAccessKey: "STAVE_ROOT_SECRET_KEY", region: "STAVE_REGION" },
  environment: { STAVE_DATA_DIR: "/data", STAVE_HOST: "0.0.0.0", STAVE_PORT: "9000" },
  // Nobody may list buckets without a key; that it says so means that it serves.
  health: { path: "/", statuses: [200, 403] },
  dataPath: "/data",
  tmpfs: { "/tmp": "mode=1777,size=64m" },
  hasReadOnlyRoot: true,
  minMemoryBytes: 128 * mib,
  rotation: "recreate",
};

/** Those that are known by name. */
export const engines: readonly Engine[] = [rustfs, minio, stave];

/** What an engine that this package does not know must say of itself. */
export type CustomEngine = Pick<Engine, "dataPath" | "health" | "ports" | "variables"> &
  Partial<Pick<Engine, "command" | "consolePath" | "environment" | "hasReadOnlyRoot" | "image" | "minMemoryBytes">> &
  Partial<Pick<Engine, "displayName" | "tmpfs" | "user">>;

/**
 * Any other S3 server, by its image, ports, names of variables and health path.
 *
 * @example
 * const rgw = customEngine({
 *   image: "local/rgw:1", ports: { api: 9000 }, dataPath: "/data", health: { path: "/swift/healthcheck" },
 *   variables: { accessKeyId: "S3_ACCESS_KEY", secretAccessKey: "S3_SECRET_KEY" },
 *   tmpfs: { "/tmp": "mode=1777" }, hasReadOnlyRoot: true,
 * });
 */
export function customEngine(engine: CustomEngine): Engine {
  const { displayName = "Custom image", minMemoryBytes = 64 * mib } = engine;
  checkEngine(engine);
  return { ...engine, name: "custom", displayName, minMemoryBytes, repositories: [], rotation: "recreate" };
}

/**
 * Whether the engine may run the image: MinIO's data with a RustFS image would be the end of it. What nobody knows is let through,
 * since everyone may build images of their own. Throws `ImageInvalid` for what is no reference.
 */
export function acceptsImage(engine: Engine, reference: string): boolean {
  const { repository } = parseImageReference(reference);
  const isOf = ({ repositories }: Engine) =>
    repositories.some((known) => repository === known || repository.endsWith(`/${known}`));
  return isOf(engine) || engine.name === "custom" || !engines.some(isOf);
}

/** Of which engine an image is, by its name. */
export function findEngineOfImage(reference: string): Engine | undefined {
  try {
    const { repository } = parseImageReference(reference);
    const last = repository.slice(repository.lastIndexOf("/") + 1);
    return engines.find(
      ({ name, repositories }) => last === name || repositories.some((it) => repository.endsWith(it)),
    );
  } catch {
    // An image without a name, as `docker ps` shows it, is of nobody we know.
    return undefined;
  }
}

function checkEngine({ ports, dataPath, health, variables, environment = {}, image, tmpfs = {} }: CustomEngine): void {
  const { console: consolePort = 1 } = ports;
  const isPath = (path: string) => /^\/[\w./~%-]*$/.test(path) && !/(^|\/)\.\.(\/|$)/.test(path);
  const names = [...Object.values(variables), ...Object.keys(environment)];
  const wrong = [
    ...[ports.api, consolePort]
      .filter((port) => !Number.isInteger(port) || port < 1 || port > 65_535)
      .map(() => "port"),
    ...(ports.api === ports.console ? ["console port"] : []),
    ...[dataPath, ...Object.keys(tmpfs)].filter((path) => !isPath(path) || path === "/").map(() => "path"),
    ...(isPath(health.path) ? [] : ["health path"]),
    ...names.filter((name) => !/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)).map(() => "name of a variable"),
  ];
  if (wrong.length > 0) throw new DockerServicesError("InvalidSpec", `The engine has a bad ${wrong.join(", ")}.`);
  if (image !== undefined) parseImageReference(image);
}
