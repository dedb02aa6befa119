import { hash } from "node:crypto";
import { type ResourceLimits, unlimited } from "@stave/resource-limits";
import { DockerServicesError } from "./docker-services-error.ts";
import { acceptsImage, type Engine } from "./engine.ts";
import { parseImageReference } from "./image-reference.ts";

/** A service, as it should be: from it follow a container, a volume and a network. */
export interface ServiceSpec {
  /** For ever. By it containers, volumes and networks are found again. */
  readonly id: string;
  /** In the names of what is made: lower-case letters, digits and hyphens, at most 40. */
  readonly name: string;
  readonly engine: Engine;
  /** @default the engine's */
  readonly image?: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly region?: string;
  /** Further variables. Those of the engine win, so that nobody turns off its durability by accident. */
  readonly environment?: Readonly<Record<string, string>>;
  /** @default unlimited, but for 512 processes */
  readonly limits?: ResourceLimits;
  /**
   * `loopback`: on 127.0.0.1 of the machine. `none`: an internal network, reached at the container's address by this machine, and
   * by containers that join the network; it reaches nobody.
   *
   * @default "loopback"
   */
  readonly publish?: "loopback" | "none";
  /** Of the machine. One that is taken is an error; without a wish it is the first that is free, from 9000 and 9001. */
  readonly ports?: { readonly api?: number; readonly console?: number };
  /** A replacement keeps that of the container it replaces. @default `rustfs-NAME` */
  readonly containerName?: string;
  /** @default `stave-NAME` */
  readonly networkName?: string;
  /** @default `rustfs_NAME_data` */
  readonly volumeName?: string;
  /** Takes a volume that this package has not made. It is then never removed by it either. */
  readonly isVolumeAdopted?: boolean;
}

/** A spec with all that was left out. */
export type CompleteSpec = Required<Omit<ServiceSpec, "region">> & Pick<ServiceSpec, "region">;

export function completeSpec(spec: ServiceSpec): CompleteSpec {
  const { engine, name } = spec;
  const complete: Omit<CompleteSpec, "image"> & { readonly image: string | undefined } = {
    environment: {},
    limits: unlimited,
    publish: "loopback",
    ports: {},
    containerName: `${engine.name}-${name}`,
    networkName: `stave-${name}`,
    volumeName: `${engine.name}_${name}_data`,
    isVolumeAdopted: false,
    ...spec,
    image: spec.image ?? engine.image,
  };
  const [first] = findFaults(complete);
  if (first !== undefined) throw new DockerServicesError("InvalidSpec", first);
  const { image = "" } = complete;
  parseImageReference(image);
  if (!acceptsImage(engine, image)) {
    throw new DockerServicesError("ImageInvalid", `${image} is an image of another engine than ${engine.displayName}.`);
  }
  return { ...complete, image };
}

/** Same spec, same hash; limits are not in it, since they change while a container runs. */
export function hashSpec({ limits: _, ...spec }: CompleteSpec): string {
  return hash("sha256", JSON.stringify(sorted(spec)));
}

const objectName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/;

function findFaults(spec: Omit<CompleteSpec, "image"> & { readonly image: string | undefined }): readonly string[] {
  const { engine, environment, ports, credentials } = spec;
  const faults: string[] = [];
  const expect = (isRight: boolean, what: string): void => {
    if (!isRight) faults.push(`Expected ${what}.`);
  };
  expect(/^[\w.:-]{1,128}$/.test(spec.id), "`id` to be 1 to 128 letters, digits, and any of . _ : -");
  expect(
    /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(spec.name),
    "`name` to be like my-files, of at most 40 characters",
  );
  for (const field of ["containerName", "networkName", "volumeName"] as const) {
    expect(objectName.test(spec[field]), `\`${field}\` to be letters, digits, and any of . _ -`);
  }
  expect(spec.image !== undefined, `\`image\`: ${engine.displayName} has none of its own`);
  for (const port of [ports.api, ports.console]) {
    expect(port === undefined || (Number.isInteger(port) && port >= 1 && port <= 65_535), "a port from 1 to 65535");
  }
  expect(ports.api === undefined || ports.api !== ports.console, "two different ports");
  expect(
    ports.console === undefined || engine.ports.console !== undefined,
    `no console port: ${engine.displayName} has none`,
  );
  expect(spec.publish === "loopback" || (ports.api ?? ports.console) === undefined, "no ports with `publish: none`");
  for (const [name, value] of Object.entries(environment)) {
    expect(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name), `${JSON.stringify(name)} to be a name of a variable`);
    expect(!value.includes("\0") && value.length <= 65_536, `${name} to be text of at most 64 KiB`);
  }
  for (const name of engine.requiredVariables ?? []) {
    expect((environment[name] ?? "") !== "", `\`environment\` to have ${name}, a long random value of its own`);
  }
  const secrets = [credentials.accessKeyId, credentials.secretAccessKey];
  expect(
    secrets.every((it) => /^[\x21-\x7e]{3,128}$/.test(it)),
    "keys of 3 to 128 printable characters",
  );
  return faults;
}

/** Objects with their keys in order, so that it does not matter how they were put together. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, it]) => [key, sorted(it)]));
}
