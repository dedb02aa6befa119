import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What `npm run gateway` runs, after a build. */
export const gatewayMain = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export type TestAccount = {
  readonly id: string;
  readonly displayName: string;
  readonly email: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of a temporary key. */
  readonly sessionToken?: string;
};

export const ann: TestAccount = {
  id: "a".repeat(64),
  displayName: "ann",
  email: "ann@example.com",
  accessKeyId: "AKIAANN0000000000000",
  secretAccessKey: "ann-secret-0000000000000000000000000000",
};

export const bob: TestAccount = {
  id: "b".repeat(64),
  displayName: "bob",
  email: "bob@example.com",
  accessKeyId: "AKIABOB0000000000000",
  secretAccessKey: "bob-secret-0000000000000000000000000000",
};

export interface StartGatewayOptions {
  /** Kept after `stop`. @default a new folder, removed by `stop` */
  readonly dataDirectory?: string;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** @default 2, so that what one process has written is read by another */
  readonly workers?: number;
  /** Whether it knows {@link ann} and {@link bob}, or makes keys of its own. @default "given" */
  readonly users?: "given" | "generated";
}

export type TestGateway = {
  readonly endpoint: string;
  readonly port: number;
  readonly child: ChildProcess;
  readonly dataDirectory: string;
  /** Everything it has logged so far. */
  log(): string;
  /** Everything it has printed so far. */
  output(): string;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL for it and its workers, as a crash. */
  kill(): Promise<void>;
};

/** Runs the real gateway with the accounts {@link ann} and {@link bob} on a free port, and waits until it is ready. */
export async function startGateway(options: StartGatewayOptions = {}): Promise<TestGateway> {
  const { args = [], env = {}, workers = 2, users = "given" } = options;
  const scratch = await mkdtemp(join(tmpdir(), "stave-test-"));
  const dataDirectory = options.dataDirectory ?? join(scratch, "data");
  const usersFile = join(scratch, "users.json");
  await writeFile(usersFile, JSON.stringify([ann, bob]));
  const settings = ["--data-dir", dataDirectory, "--port", "0", "--admin-port", "0", "--workers", String(workers)];
  if (users === "given") settings.push("--users", usersFile);
  const child = spawn(process.execPath, [gatewayMain, ...settings, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that a crash can take the workers along.
    detached: true,
  });
  // A test that times out never stops its gateway.
  const killGroup = () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, "SIGKILL");
  };
  process.once("exit", killGroup);
  child.once("exit", () => process.off("exit", killGroup));
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  let log = "";
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const port = await readyPort(child, () => `${output}${log}`);
  const cleanUp = () => rm(scratch, { recursive: true, force: true });

  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    child,
    dataDirectory,
    log: () => log,
    output: () => output,
    stop: async () => {
      child.kill("SIGTERM");
      const [code] = await exited;
      await cleanUp();
      return code;
    },
    kill: async () => {
      killGroup();
      await exited;
      await cleanUp();
    },
  };
}

function readyPort(child: ChildProcess, printed: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", () => {
      const ready = /^ready http:\/\/\S+:(\d+)$/m.exec(printed());
      if (ready !== null) resolve(Number(ready[1]));
    });
    child.once("exit", (code) =>
      reject(new Error(`The gateway ended with ${code} before it was ready:\n${printed()}`)),
    );
  });
}
