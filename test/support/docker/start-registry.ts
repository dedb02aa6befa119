import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dockerCall, dockerStream } from "./docker-call.ts";
import { startUnreliableProxy, type UnreliableProxy } from "./start-unreliable-proxy.ts";

/** A registry of images on this machine; engines need no certificate for such an address. */
export interface TestRegistry {
  /** `127.0.0.1:PORT`, what names of its images begin with. */
  readonly address: string;
  /** Through which everybody gets to it: it can hang, be slow, or break off in the middle of a layer. */
  readonly connection: UnreliableProxy;
  /** Puts an image of a dockerd into it as `name:tag`, and answers with its digest. The dockerd then has it by that name, too. */
  push(socketPath: string, image: string, name: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a registry, empty. Needs `docker-registry`. */
export async function startRegistry(): Promise<TestRegistry> {
  const directory = await mkdtemp(join(tmpdir(), "stave-registry-"));
  const configFile = join(directory, "config.yml");
  const config = {
    version: 0.1,
    log: { level: "info" },
    storage: { filesystem: { rootdirectory: join(directory, "images") }, delete: { enabled: true } },
    http: { addr: "127.0.0.1:0", secret: "of nobody" },
  };
  await writeFile(configFile, JSON.stringify(config)); // which is YAML as well
  const child = spawn("docker-registry", ["serve", configFile], {
    env: { PATH: process.env.PATH },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const kill = () => child.kill("SIGKILL"); // a test that was interrupted stops nothing
  process.once("exit", kill);
  const ended = once(child, "close");
  const port = await listeningPort(child.stderr, ended);
  const connection = await startUnreliableProxy({ at: { port: 0 }, to: { port } });
  const address = `127.0.0.1:${connection.port}`;

  return {
    address,
    connection,
    async push(socketPath, image, name) {
      const [repository = "", tag = "latest"] = name.split(":");
      const target = `${address}/${repository}`;
      await dockerCall(socketPath, `/images/${image}/tag?repo=${target}&tag=${tag}`, { method: "POST" });
      const headers = { "x-registry-auth": Buffer.from("{}").toString("base64") };
      const events = await dockerStream(socketPath, `/images/${target}/push?tag=${tag}`, { method: "POST", headers });
      const pushed = events.map(({ aux }) => aux as { Digest?: string } | undefined).find((aux) => aux?.Digest);
      if (pushed?.Digest === undefined) throw new Error(`No digest of ${target}:${tag} in ${JSON.stringify(events)}`);
      return pushed.Digest;
    },
    async stop() {
      await connection.close();
      child.kill("SIGTERM");
      await ended;
      process.off("exit", kill);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function listeningPort(output: NodeJS.ReadableStream, ended: Promise<unknown>): Promise<number> {
  return new Promise((resolve, reject) => {
    let printed = "";
    output.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      const [, port] = /listening on 127\.0\.0\.1:(\d+)/.exec(printed) ?? [];
      if (port !== undefined) resolve(Number(port));
    });
    ended.then(() => reject(new Error(`docker-registry ended before it listened:\n${printed}`)), reject);
  });
}
