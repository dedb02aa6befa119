import { request } from "node:http";
import { type Check, ok, skipped, warn } from "../check.ts";

const usualSocket = "/var/run/docker.sock";
const timeoutMs = 5_000;

export const docker: Check = {
  name: "docker",
  title: "Docker",
  needs: ["data-directory"],
  async run({ dockerHost, signal }) {
    const host = dockerHost ?? `unix://${usualSocket}`;
    if (!host.startsWith("unix://")) return skipped(`DOCKER_HOST is ${host}, which only the server may reach.`);
    const socketPath = host.slice("unix://".length);
    try {
      const version = await ping(socketPath, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
      return ok(`It answers on ${socketPath}, with API ${version}.`);
    } catch (error) {
      return warn(
        `It does not answer on ${socketPath}: ${error instanceof Error ? error.message : String(error)}`,
        "Only services in containers need it. Start it, and let the user of the server use its socket (group docker).",
      );
    }
  },
};

function ping(socketPath: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: "/_ping", signal }, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve(String(response.headers["api-version"] ?? "?"));
      else reject(new Error(`HTTP ${response.statusCode}`));
    });
    asked.on("error", reject);
    asked.end();
  });
}
