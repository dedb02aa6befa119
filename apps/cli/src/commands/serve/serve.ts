import { createInterface } from "node:readline";
import type { RunOf } from "../../command/define-command.ts";
import type { Invocation } from "../../command/invocation.ts";
import { type CredentialsFile, openCredentialsFile } from "./credentials-file.ts";
import type { ServerName } from "./find-server.ts";
import type { serve } from "./index.ts";
import { type FirstCredentials, readAnnouncement } from "./read-announcement.ts";
import { endedWith, requireServers } from "./require-servers.ts";
import { serverArguments } from "./server-arguments.ts";
import { type RunningServer, startServer } from "./start-server.ts";

/** The gateway, and the api beside it as soon as that is ready. When one of them ends, so does the other. */
export const run: RunOf<typeof serve> = async (invocation) => {
  const { options, environment, signal } = invocation;
  const { gateway, api } = serverArguments(options, environment);
  const mains = await requireServers(["gateway", "api"], invocation);
  const file = options.credentialsFile === undefined ? undefined : await openCredentialsFile(options.credentialsFile);
  const running: RunningServer[] = [];
  const start = (name: ServerName, args: readonly string[]) => {
    const server = startServer(mains[name], { args, environment, stdio: ["inherit", "pipe", "inherit"] });
    running.push(server);
    return untilReady(server, name, { invocation, file });
  };
  const stop = () => {
    for (const server of running) server.stop();
  };
  signal.addEventListener("abort", stop);
  try {
    const endpoint = await start("gateway", gateway);
    // Told to stop before there was an api to tell.
    if (endpoint !== undefined && !signal.aborted) {
      warnOfUselessAddress(endpoint, invocation);
      const url = await start("api", [`--gateway-url=${endpoint}`, ...api]);
      if (url !== undefined) invocation.output.note(`\nSign in: stave login ${url}     Stop: Ctrl-C`);
    }
    await Promise.race(running.map(({ ended }) => ended));
    stop();
    const codes = await Promise.all(running.map(({ ended }) => ended));
    const failed = codes.find((code) => code !== 0);
    if (failed !== undefined) throw endedWith(failed, "A server has ended.");
  } finally {
    signal.removeEventListener("abort", stop);
    await file?.close();
  }
};

type Listening = {
  readonly invocation: Invocation<unknown, unknown>;
  readonly file: CredentialsFile | undefined;
};

/** Its address, or undefined when it has ended before. What it prints is passed on, unless it is for a program or a file. */
async function untilReady(
  { child, ended }: RunningServer,
  name: ServerName,
  { invocation: { output }, file }: Listening,
): Promise<string | undefined> {
  const { stdout } = child;
  if (stdout === null) throw new TypeError("Expected a server whose output can be read.");
  const found: FirstCredentials = {};
  return await new Promise<string | undefined>((resolve, reject) => {
    createInterface({ input: stdout }).on("line", (line) => {
      const url = readAnnouncement(line, found);
      if (!output.isJson && file === undefined) output.item(undefined, () => `${line}\n`);
      if (url === undefined) return;
      announce(url).then(() => resolve(url), reject);
    });
    ended.then(() => resolve(undefined), reject);
  });

  async function announce(url: string): Promise<void> {
    const ready = { event: "ready", server: name, url };
    if (file !== undefined) {
      await file.add(url, found);
      output.item(ready, () => `ready ${url}\n`);
    } else if (output.isJson) {
      const { accessKeyId, secretAccessKey, token } = found;
      if (accessKeyId !== undefined) output.item({ event: "key", accessKeyId, secretAccessKey }, () => "");
      if (token !== undefined) output.item({ event: "token", token }, () => "");
      output.item(ready, () => "");
    }
  }
}

/** `0.0.0.0` is every address to listen on, and none to connect to. */
function warnOfUselessAddress(
  endpoint: string,
  { output, options, environment }: Parameters<RunOf<typeof serve>>[0],
): void {
  const isEverywhere = /^http:\/\/(0\.0\.0\.0|\[::\]):/.test(endpoint);
  if (!isEverywhere || (options.publicUrl ?? environment.STAVE_API_PUBLIC_URL ?? "") !== "") return;
  output.warn("links and presigned URLs will name an address that no client can use; say it with --public-url");
}
