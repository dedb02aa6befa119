import { expect, test } from "vitest";
import { acceptsImage, type CustomEngine, customEngine, findEngineOfImage, minio, rustfs, stave } from "./engine.ts";
import { formatImageReference, parseImageReference } from "./image-reference.ts";

const custom: CustomEngine = {
  ports: { api: 9000 },
  variables: { accessKeyId: "KEY", secretAccessKey: "SECRET" },
  health: { path: "/health" },
  dataPath: "/data",
};

test.each([
  ["rustfs/rustfs:1.0.0", true],
  ["mirror.example.com:5000/rustfs/rustfs", true],
  ["mine/storage:2", true],
  ["minio/minio:RELEASE.2025-09-07T16-13-09Z", false],
  ["quay.io/minio/minio", false],
  ["stave/stave", false],
])("RustFS and the image %s: %s", (image, isAccepted) => {
  expect(acceptsImage(rustfs, image)).toBe(isAccepted);
});

test("a custom engine runs any image, and each engine its own", () => {
  expect(acceptsImage(customEngine(custom), "minio/minio")).toBe(true);
  expect([rustfs, minio, stave].every((engine) => acceptsImage(engine, engine.image ?? ""))).toBe(true);
  expect(findEngineOfImage("quay.io/minio/minio:x")?.name).toBe("minio");
  expect(findEngineOfImage("sha256:0123")).toBeUndefined();
});

test.each<readonly [string, Partial<CustomEngine>]>([
  ["a port that is none", { ports: { api: 0 } }],
  ["one port for both", { ports: { api: 9000, console: 9000 } }],
  ["the root as its data", { dataPath: "/" }],
  ["a path that climbs", { dataPath: "/data/../etc" }],
  ["a health path that is none", { health: { path: "health" } }],
  ["a variable that is none", { variables: { accessKeyId: "A=B", secretAccessKey: "S" } }],
])("an engine with %s is refused", (_, change) => {
  expect(() => customEngine({ ...custom, ...change })).toThrow(expect.objectContaining({ code: "InvalidSpec" }));
});

test.each([
  ["rustfs/rustfs", "rustfs/rustfs:latest"],
  ["localhost:5000/a/b:1", "localhost:5000/a/b:1"],
  [`a/b:1@sha256:${"0".repeat(64)}`, `a/b:1@sha256:${"0".repeat(64)}`],
  ["registry.example.com/a__b/c-d.e", "registry.example.com/a__b/c-d.e:latest"],
])("%s is the image %s", (text, whole) => {
  expect(formatImageReference(parseImageReference(text))).toBe(whole);
});

test.each([
  "",
  "a/B",
  "a b",
  "../x",
  "a/../b",
  "a?x=1",
  "a:",
  "a@sha256:12",
  "a//b",
  "-a/b:1 ",
  `${"a/".repeat(300)}b`,
])("%j is no image", (text) => {
  expect(() => parseImageReference(text)).toThrow(expect.objectContaining({ code: "ImageInvalid" }));
});
