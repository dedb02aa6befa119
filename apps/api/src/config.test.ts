import { expect, test } from "vitest";
import { readConfig, UsageError } from "./config.ts";

const dockerOf = (args: readonly string[], env: NodeJS.ProcessEnv) => {
  const config = readConfig(args, env);
  if ("help" in config) throw new Error("Expected a configuration");
  return config.docker;
};

test.each([
  [[], {}, { socketPath: "/var/run/docker.sock" }],
  [[], { DOCKER_HOST: "unix:///run/user/1000/docker.sock" }, { socketPath: "/run/user/1000/docker.sock" }],
  [[], { DOCKER_HOST: "tcp://127.0.0.1:2375" }, { host: "tcp://127.0.0.1:2375" }],
  [[], { DOCKER_HOST: "unix:///a.sock", STAVE_API_DOCKER_SOCKET: "/b.sock" }, { socketPath: "/b.sock" }],
  [["--docker-socket", "/c.sock"], { STAVE_API_DOCKER_SOCKET: "/b.sock" }, { socketPath: "/c.sock" }],
  [["--docker-socket", "/c.sock"], { DOCKER_HOST: "ssh://elsewhere" }, { socketPath: "/c.sock" }],
] as const)("Docker is reached as %j and %j say", (args, env, docker) => {
  expect(dockerOf(args, env)).toEqual(docker);
});

test("a Docker that cannot be reached from here is a mistake, not another Docker", () => {
  expect(() => dockerOf([], { DOCKER_HOST: "ssh://elsewhere" })).toThrow(UsageError);
});
