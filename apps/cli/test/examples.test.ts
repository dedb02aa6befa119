import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApi, type TestApi } from "../../api/test/support/start-api.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { commandTree } from "../src/commands/index.ts";
import type { World } from "./examples/fixture.ts";
import { fixtures } from "./examples/fixtures.ts";
import { type Receivers, startReceivers } from "./examples/receivers.ts";
import { runStave, staveMain } from "./support/run-stave.ts";
import { startWebhook, type Webhook } from "./support/start-webhook.ts";

// Every example of every help, as a person types it: by a shell, against a real Stave. It takes long because there are many.

const secondsForOne = 30;

let receivers: Receivers;
let gateway: TestGateway;
let api: TestApi;
let webhook: Webhook;
let folder: string;
let world: World;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stave-examples-"));
  receivers = await startReceivers(folder);
  gateway = await startGateway({ workers: 1, args: receivers.args });
  receivers.setOfficePort(gateway.port);
  api = await startApi(gateway, {
    args: [
      ...["--backups-dir", join(folder, "backups"), "--sinks-dir", join(folder, "sinks")],
      "--allow-private-addresses", // where the webhook is
    ],
  });
  webhook = await startWebhook();
  for (const name of ["bin", "site", "backups", "sinks"]) await mkdir(join(folder, name));
  const command = join(folder, "bin", "stave");
  await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${staveMain}' "$@"\n`);
  await chmod(command, 0o755);
  const files = {
    "photo.jpg": "a picture",
    "notes.txt": "a note".repeat(100),
    "token.txt": api.token,
    "password.txt": "a long enough password\n",
    "key.txt": "a secret of another server\n",
    "secret.txt": "a secret of another server\n",
    "site/index.html": "<p>Hello",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
  const staveWith = async (stdin: string, ...args: string[]) => {
    const answer = await runStave(args, { env: environment(), cwd: folder, stdin });
    if (answer.code !== 0) throw new Error(`stave ${args.join(" ")} ended with ${answer.code}:\n${answer.stderr}`);
    return answer;
  };
  const stave = (...args: string[]) => staveWith("", ...args);
  world = { api, dataDirectory: gateway.dataDirectory, folder, webhookUrl: webhook.url, stave, staveWith };
}, 60_000);

afterAll(async () => {
  await api?.stop();
  await gateway?.stop();
  await receivers?.close();
  await webhook?.stop();
  await rm(folder, { recursive: true });
});

for (const { name, examples } of commandTree.commands) {
  describe(`stave ${name}`, () => {
    for (const example of examples) {
      const fitting = fixtures.filter(({ of }) => of.test(example));
      const [code, reason] = fitting.flatMap((fixture) => (fixture.code === undefined ? [] : [fixture.code]))[0] ?? [0];
      const title = reason === undefined ? `stave ${example}` : `stave ${example}: exits with ${code}, as ${reason}`;
      test(title, { timeout: secondsForOne * 1000 }, async () => {
        await makeUsual();
        let line = example;
        for (const { prepare } of fitting) {
          const replacements = (await prepare?.(world)) ?? {};
          for (const [words, value] of Object.entries(replacements)) line = line.replaceAll(words, value);
        }
        const until = fitting.find((fixture) => fixture.until !== undefined)?.until;

        const answer = await runLine(line, until);

        expect({ line, ...answer }).toMatchObject({ code });
      });
    }
  });
}

function environment(): NodeJS.ProcessEnv {
  return {
    PATH: `${join(folder, "bin")}:${process.env.PATH}`,
    HOME: folder,
    STAVE_CONFIG_DIR: join(folder, ".stave"),
    STAVE_URL: api.endpoint,
    STAVE_TOKEN: api.token,
    // Servers that examples start are not to be in the way of others.
    STAVE_PORT: "0",
    STAVE_API_PORT: "0",
    STAVE_ADMIN_PORT: "0",
    STAVE_WORKERS: "1",
  };
}

/** What every example may count on, made again where the one before has taken it away. */
async function makeUsual(): Promise<void> {
  await api.call("/api/projects", { method: "POST", json: { name: "my-app" } });
  await api.call("/api/storage/buckets", { method: "POST", json: { name: "photos" } });
  await api.call("/api/external-services", {
    method: "POST",
    json: { name: "my-storage", service_type: "s3", parameters: {} },
  });
}

type Answer = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** By a shell, with nothing on stdin; what goes on is stopped by Ctrl-C when it has done what it should. */
async function runLine(
  line: string,
  until: { readonly printed: RegExp; readonly count: number } | undefined,
): Promise<Answer> {
  const child = spawn("bash", ["-c", `exec stave ${line}`], {
    cwd: folder,
    env: environment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    const printed = stdout.split("\n").filter((one) => until?.printed.test(one) === true);
    if (until !== undefined && printed.length >= until.count) child.kill("SIGINT");
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}
