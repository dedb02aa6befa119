import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, globSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** The programs of PostgreSQL; undefined, loudly, where they are not installed. An error instead when `CI=true`. */
export function findPostgres(): string | undefined {
  const [bin] = globSync("/usr/lib/postgresql/*/bin").filter((path) => existsSync(join(path, "initdb")));
  if (bin !== undefined) return bin;
  const message = "PostgreSQL is not installed (apt-get install postgresql): its tests";
  if (process.env.CI === "true") throw new Error(`${message} cannot run.`);
  console.warn(`SKIPPED: ${message} are skipped.`);
  return undefined;
}

export type Postgres = { readonly url: string; stop(): Promise<void> };

/** A server of its own that nobody outside of this machine can reach: it listens on a socket in its folder only. */
export async function startPostgres(bin: string): Promise<Postgres> {
  const folder = await mkdtemp(join(tmpdir(), "stave-postgres-"));
  const user = serverUser();
  if (user !== undefined) chownSync(folder, user.uid, user.gid); // it refuses to run as root
  const data = join(folder, "data");
  const initialize = ["-D", data, "-U", "stave", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"];
  execFileSync(join(bin, "initdb"), initialize, { ...user, cwd: "/", stdio: "ignore" });
  const settings = ["listen_addresses=", `unix_socket_directories=${folder}`, "fsync=off"];
  const server = spawn(join(bin, "postgres"), ["-D", data, ...settings.flatMap((setting) => ["-c", setting])], {
    ...user,
    cwd: "/",
    stdio: "ignore",
  });
  const url = `postgresql://stave@/postgres?host=${encodeURIComponent(folder)}`;
  await untilReady(url, server);
  return {
    url,
    async stop() {
      const ended = once(server, "exit");
      server.kill("SIGINT");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const read = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: read("-u"), gid: read("-g") };
}

async function untilReady(connectionString: string, server: ChildProcess): Promise<void> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(50)) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended with ${server.exitCode}`);
    const client = new pg.Client({ connectionString });
    client.on("error", () => {});
    const isThere = await client.connect().then(
      () => true,
      () => false, // the socket is there before anybody is let in
    );
    await client.end().catch(() => {});
    if (isThere) return;
  }
  throw new Error("PostgreSQL did not start");
}
