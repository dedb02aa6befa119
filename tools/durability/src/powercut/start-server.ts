import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { HarnessError } from "../harness-error.ts";
import { killGroup } from "./process-group.ts";
import { type Credentials, createS3Client, type S3Client } from "./s3-client.ts";

export interface ServerSettings {
  /** For `/bin/sh -c`, with the placeholders {data} {port} {accessKey} {secretKey} {region}. */
  readonly command: string;
  readonly credentials: Credentials;
  readonly region: string;
  /** Turns every flush of the server into nothing. */
  readonly isWithoutFlush: boolean;
  readonly startupMs: number;
  /** Told of each process group that is started. */
  readonly onStart: (pid: number) => Promise<void>;
  /** Ends every server at once. */
  readonly signal: AbortSignal;
}

/** A server under test, in a process group of its own. */
export type RunningServer = {
  readonly client: S3Client;
  /** What to run for it. */
  fill(command: string, more?: Readonly<Record<string, string>>): string;
  /** Undefined while it runs; then how it ended, and the last it printed. */
  ended(): string | undefined;
  /** Waits until it serves, and the bucket if one is named; fails with what it answered instead. */
  ready(probe?: { readonly bucket?: string }): Promise<void>;
  /** SIGKILL for all of its processes. The last of them may be gone a moment later. */
  kill(): Promise<void>;
};

/** Starts the server on a data directory and a free port. */
export async function startServer(dataDirectory: string, settings: ServerSettings): Promise<RunningServer> {
  const { credentials, region, startupMs } = settings;
  const port = await freePort();
  const values: Record<string, string> = {
    data: dataDirectory,
    port: String(port),
    accessKey: credentials.accessKeyId,
    secretKey: credentials.secretAccessKey,
    region,
  };
  const shell = ["/bin/sh", "-c", fillPlaceholders(settings.command, values)];
  const [program = "", ...args] = settings.isWithoutFlush ? ["eatmydata", "--", ...shell] : shell;
  const child = spawn(program, args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const tail = collectTail(child);
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()).once("error", () => resolve()));
  const { pid } = child;
  if (pid === undefined) throw new HarnessError("server", `Expected ${program} to start, and it does not`);
  const abort = () => killGroup(pid);
  settings.signal.addEventListener("abort", abort, { once: true });
  await settings.onStart(pid);

  const client = createS3Client({ port, credentials, region });
  const ended = () => {
    if (child.exitCode === null && child.signalCode === null) return undefined;
    return `it ended with ${child.exitCode ?? child.signalCode}; last it said: ${tail() || "nothing"}`;
  };
  return {
    client,
    ended,
    fill: (command, more = {}) => fillPlaceholders(command, { ...values, ...more }),
    ready: (probe = {}) => untilReady({ client, ended, tail }, { ...probe, startupMs }),
    async kill() {
      settings.signal.removeEventListener("abort", abort);
      client.close();
      killGroup(pid);
      await gone;
    },
  };
}

export function fillPlaceholders(command: string, values: Readonly<Record<string, string>>): string {
  return command.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

type Probed = { readonly client: S3Client; ended(): string | undefined; tail(): string };

async function untilReady(
  { client, ended, tail }: Probed,
  { bucket, startupMs }: { readonly bucket?: string; readonly startupMs: number },
): Promise<void> {
  const deadline = Date.now() + startupMs;
  let missingSince: number | undefined;
  let answer = "nothing";
  while (Date.now() < deadline) {
    const end = ended();
    if (end !== undefined) throw new HarnessError("server", end);
    const sent = bucket === undefined ? { method: "GET" as const } : { method: "HEAD" as const, at: { bucket } };
    const status = await client.send(sent).then(
      ({ status }) => status,
      () => undefined,
    );
    if (status !== undefined) answer = String(status);
    if (status === 200 || (bucket === undefined && status !== undefined && status < 500)) return;
    // Some servers read their state in after they answer; a bucket that stays away is the judge's business.
    if (status === 404) {
      missingSince ??= Date.now();
      if (Date.now() - missingSince > Math.min(3000, startupMs / 2)) return;
    } else missingSince = undefined;
    await delay(20);
  }
  throw new HarnessError(
    "server",
    `it answers ${answer} after ${startupMs / 1000} s; last it said: ${tail() || "nothing"}`,
  );
}

function collectTail(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      text = `${text}${chunk}`.slice(-4000);
    });
  }
  return () => text.trim().split("\n").slice(-3).join(" | ").slice(-600);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
