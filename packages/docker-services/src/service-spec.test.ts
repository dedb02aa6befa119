import { describe, expect, test } from "vitest";
import { toContainerOptions } from "./container-options.ts";
import { minio, rustfs } from "./engine.ts";
import { completeSpec, hashSpec, type ServiceSpec } from "./service-spec.ts";

const spec: ServiceSpec = {
  id: "7",
  name: "photos",
  engine: rustfs,
  credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "a-long-random-secret" },
  environment: { RUSTFS_RPC_SECRET: "another" },
};

describe("a spec", () => {
  test("is completed with the names that Temps gives", () => {
    expect(completeSpec(spec)).toMatchObject({
      image: rustfs.image,
      containerName: "rustfs-photos",
      volumeName: "rustfs_photos_data",
      networkName: "stave-photos",
      publish: "loopback",
    });
  });

  test.each<readonly [string, Partial<ServiceSpec>]>([
    ["a name with a slash", { name: "a/b" }],
    ["a name that is too long", { name: "a".repeat(41) }],
    ["an id with a space", { id: "a b" }],
    ["a container name that is an option", { containerName: "-v" }],
    ["a volume that is a path of the machine", { volumeName: "/etc" }],
    ["no secret of its own that the engine needs", { environment: {} }],
    ["a variable with an equals sign", { environment: { ...spec.environment, "A=B": "c" } }],
    ["a variable with a zero in it", { environment: { ...spec.environment, A: "b\0c" } }],
    ["a port that is none", { ports: { api: 70_000 } }],
    ["one port for both", { ports: { api: 9500, console: 9500 } }],
    ["ports on an internal network", { publish: "none", ports: { api: 9500 } }],
    ["a key with a line break", { credentials: { accessKeyId: "AKIA\nX", secretAccessKey: "a-long-secret" } }],
  ])("with %s is refused", (_, change) => {
    expect(() => completeSpec({ ...spec, ...change })).toThrow(expect.objectContaining({ code: "InvalidSpec" }));
  });

  test("with the image of another engine is refused", () => {
    const wrong = { ...spec, image: "minio/minio:1" };

    expect(() => completeSpec(wrong)).toThrow(expect.objectContaining({ code: "ImageInvalid" }));
  });

  test("has the same hash however it was put together, and with other limits", () => {
    const { id, ...rest } = completeSpec(spec);
    const limits = { memoryBytes: 1, swapExtraBytes: null, cpuCores: null, pids: null, shmBytes: null };

    expect(hashSpec({ ...rest, limits, id })).toBe(hashSpec(completeSpec(spec)));
    expect(hashSpec(completeSpec({ ...spec, region: "mars" }))).not.toBe(hashSpec(completeSpec(spec)));
  });
});

describe("the container of a spec", () => {
  test("has strict durability, whatever the service brings", () => {
    const environment = { ...spec.environment, RUSTFS_NEW_BUCKET_DURABILITY_MODE: "relaxed", EXTRA: "1" };

    const options = toContainerOptions(completeSpec({ ...spec, environment, region: "eu-north-1" }), {});

    expect(options).toMatchObject({
      Env: expect.arrayContaining([
        "RUSTFS_NEW_BUCKET_DURABILITY_MODE=strict",
        "RUSTFS_ACCESS_KEY=AKIAEXAMPLE",
        "RUSTFS_REGION=eu-north-1",
        "EXTRA=1",
      ]),
    });
  });

  test("is told its ports, and tells no secret in its labels", () => {
    const options = toContainerOptions(completeSpec({ ...spec, engine: minio }), { api: 9000, console: 9001 });

    expect(options).toMatchObject({
      Cmd: ["server", "/data", "--console-address", ":9001"],
      HostConfig: {
        PortBindings: {
          "9000/tcp": [{ HostIp: "127.0.0.1", HostPort: "9000" }],
          "9001/tcp": [{ HostIp: "127.0.0.1", HostPort: "9001" }],
        },
      },
    });
    const { Labels } = options as { Labels: object };
    expect(JSON.stringify(Labels)).not.toMatch(/a-long-random-secret|another/);
  });
});
