import { expect, test } from "vitest";
import { readEngineError } from "./read-engine-error.ts";

const answers: readonly (readonly [number, string, string])[] = [
  [404, "No such image: rustfs/rustfs:1", "ImageNotFound"],
  [404, "manifest for rustfs/rustfs:9 not found: manifest unknown: manifest unknown", "ImageNotFound"],
  [404, "pull access denied for a/b, repository does not exist or may require 'docker login'", "ImageNotFound"],
  [400, "invalid reference format", "ImageInvalid"],
  [404, "No such container: 0123", "ContainerNotFound"],
  [404, "get photos: no such volume", "VolumeNotFound"],
  [404, "network stave-photos not found", "NetworkNotFound"],
  [409, 'Conflict. The container name "/a" is already in use by container "0123".', "NameTaken"],
  [409, "remove photos: volume is in use - [0123]", "VolumeInUse"],
  [403, "error while removing network: network a id 0123 has active endpoints", "NetworkInUse"],
  [409, "something else", "Conflict"],
  [500, "Bind for 127.0.0.1:9000 failed: port is already allocated", "PortTaken"],
  [500, "Error starting userland proxy: listen tcp4 127.0.0.1:9000: bind: address already in use", "PortTaken"],
  [500, "write /var/lib/docker/x: no space left on device", "DiskFull"],
  [500, "unable to set memory limit to 1 (current usage: 2, peak usage: 3)", "LimitRefused"],
  [400, "Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available", "LimitRefused"],
  [400, 'OCI runtime create failed: exec: "/nothing": stat /nothing: no such file or directory', "StartFailed"],
  [400, "standard_init_linux.go:228: exec user process caused: exec format error", "ImageWrongArchitecture"],
  [500, "the moon is full", "DockerFailed"],
];

test.each(answers)("%i %s is %s", (statusCode, message, code) => {
  const error = Object.assign(new Error(`(HTTP code ${statusCode}) unexpected - ${message} `), { statusCode });

  expect(readEngineError(Object.assign(error, { json: { message } }), "here")).toMatchObject({ code, cause: error });
  // Streamed requests have no document.
  expect(readEngineError(Object.assign(error, { json: null }), "here")).toMatchObject({ code });
});

test.each([
  ["ENOENT", "install Docker"],
  ["EACCES", "add it to the group docker"],
  ["ECONNREFUSED", "start dockerd"],
  ["ECONNRESET", "ECONNRESET"],
])("a connection that ends with %s says what to do", (code, advice) => {
  const error = Object.assign(new Error(`connect ${code}`), { code });

  const read = readEngineError(error, "/run/docker.sock");

  expect(read).toMatchObject({ code: "DockerUnreachable", cause: error });
  expect(read.message).toContain("/run/docker.sock");
  expect(read.message).toContain(advice);
});
