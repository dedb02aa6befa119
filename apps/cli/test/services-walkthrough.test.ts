import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../../test/support/docker/free-port.ts";
import { requireDocker } from "../../../test/support/docker/require-docker.ts";
import { startDockerd, type TestDockerd } from "../../../test/support/docker/start-dockerd.ts";
import { loadTestImages } from "../../../test/support/docker/test-images.ts";
import { readCodeBlocks } from "../../../test/support/read-code-blocks.ts";
import { startApi, type TestApi } from "../../api/test/support/start-api.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { runInTerminal } from "./support/run-in-terminal.ts";
import { runStave, staveMain } from "./support/run-stave.ts";

const documentation = new URL("../../../docs/cli-services.md", import.meta.url);
const documentedUrl = "http://127.0.0.1:7400";

// RustFS is Stave's gateway under its name here, since its image cannot be had: see test/support/docker.
describe.skipIf(requireDocker().isMissing)("services from the command line", { timeout: 240_000 }, () => {
  let dockerd: TestDockerd;
  let gateway: TestGateway;
  let api: TestApi;
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "stave-cli-"));
    [dockerd, gateway] = await Promise.all([startDockerd(), startGateway({ workers: 1 })]);
    await loadTestImages(dockerd.socketPath, ["rustfs", "rustfsNext"]);
    api = await startApi(gateway, { args: ["--docker-socket", dockerd.socketPath] });
  }, 180_000);
  afterAll(async () => {
    await api?.stop();
    await gateway?.stop();
    await dockerd?.stop();
    await rm(home, { recursive: true, force: true });
  }, 60_000);

  const where = () => ({ env: { STAVE_CONFIG_DIR: join(home, "settings") }, cwd: home });
  const signedIn = () => ({ env: { ...where().env, STAVE_URL: api.endpoint, STAVE_TOKEN: api.token }, cwd: home });

  test("a person signs in at a terminal, and the token is not shown", async () => {
    const { code, raw, screen } = await runInTerminal(["login", api.endpoint], {
      ...where(),
      typing: [{ until: "Token for", type: `${api.token}\r` }],
    });

    expect(code).toBe(0);
    expect(screen).toContain(`Signed in to ${api.endpoint}`);
    expect(raw).not.toContain(api.token);
    expect((await runStave(["whoami"], where())).code).toBe(0);
  });

  describe.each([
    ["in a terminal", (args: readonly string[]) => runInTerminal(args, where())],
    ["without one", (args: readonly string[]) => runWithPipe(args, where())],
  ])("the walk-through of the documentation %s", (_, run) => {
    test("shows what the documentation says, command by command", async () => {
      const blocks = readCodeBlocks(await readFile(documentation, "utf8")).filter(({ language }) => language === "sh");
      // As documented, and as they are here: a service that was removed never gives its id to another.
      const ids: [string, string][] = [];
      for (const { text, output = "" } of blocks) {
        const [program, ...documented] = text.trim().split(" ");
        expect(program).toBe("stave");
        if (documented[0] === "login") continue; // that is another test
        const args = documented.map((word, at) =>
          documented[at - 1] === "--id" ? (ids.find(([said]) => said === word)?.[1] ?? word) : word,
        );
        // Other tests have a Docker of their own, which would take the usual ports in the middle of it.
        if (args.includes("rustfs")) {
          args.push("-s", `port=${await freePort()}`, "-s", `console_port=${await freePort()}`);
        }

        const { code, screen } = await run(args);

        expect({ command: text, screen: normalize(screen) }).toEqual({ command: text, screen: normalize(output) });
        expect(code).toBe(output.startsWith("error:") ? 6 : 0);
        if (args[1] === "create" && args[0] === "services") {
          ids.push([lastLine(output), lastLine(screen)]);
        }
      }
      expect(ids).toHaveLength(2);
      await runStave(["projects", "remove", "my-app", "--yes"], where());
    });
  });

  test("the lines of other platforms' documentation work letter by letter", async () => {
    const stave = async (line: string) => {
      const run = await runStave(line.split(" "), signedIn());
      expect(run, line).toMatchObject({ code: 0 });
      return run.stdout;
    };
    const ports = `-s port=${await freePort()} -s console_port=${await freePort()}`;
    await stave("projects create my-app --if-not-exists");
    const more = `--engine rustfs -s docker_image=rustfs/rustfs:1.0.0-rc.5 ${ports}`;
    const id = (await stave(`services create -t s3 -n letter-by-letter -y ${more}`)).trim();

    expect(await stave("services list")).toMatch(new RegExp(`^ *${id} +letter-by-letter +s3 +rustfs +running`, "m"));
    expect(await stave(`services show --id ${id}`)).toMatch(/^Endpoint +http.*\n(?:.*\n)*Access key +AKIA/m);
    await stave(`services link --id ${id} --project my-app --use-service-credentials`);
    expect(await stave(`services env --id ${id} --project my-app`)).toMatch(/^S3_ENDPOINT=http/m);
    await stave(`services unlink --id ${id} --project my-app`);
    await stave(`services stop --id ${id}`);
    await stave(`services start --id ${id}`);
    await stave(`services upgrade --id ${id} -v rustfs/rustfs:1.0.0-alpha.98`);
    expect(await stave(`services show --id ${id}`)).toMatch(/^Image +rustfs\/rustfs:1\.0\.0-alpha\.98$/m);
    await stave(`services remove --id ${id} -f`);
    expect(await runStave(["services", "show", "--id", id], signedIn())).toMatchObject({ code: 5 });
  });

  test("who names no service is asked for its name, and types it again to remove it", async () => {
    const made = await runInTerminal(["services", "create"], {
      ...signedIn(),
      typing: [
        { until: "What is it called?", type: "typed in\r" },
        { until: "What serves it?", type: "\r" },
      ],
    });
    expect(made).toMatchObject({ code: 0, screen: expect.stringContaining("Created the service typed in.") });

    const question = "Type typed in to go on";
    const remove = (type: string) =>
      runInTerminal(["services", "remove", "typed-in"], { ...signedIn(), typing: [{ until: question, type }] });
    const kept = await remove("another\r");
    expect(kept).toMatchObject({ code: 130, screen: expect.stringContaining("That is not typed in") });
    expect(kept.screen).toMatch(/^Service +typed in \(id \d+, stave\)$/m);
    expect((await runStave(["services", "show", "typed in"], signedIn())).code).toBe(0);
    expect(await remove("typed in\r")).toMatchObject({ code: 0 });
    expect((await runStave(["services", "show", "typed in"], signedIn())).code).toBe(5);
  });

  test("a container is watched and limited, and what it prints has no secrets in it", async () => {
    const stave = (...args: string[]) => runStave(args, signedIn());
    const ports = ["-s", `port=${await freePort()}`, "-s", `console_port=${await freePort()}`];
    const made = await stave("services", "create", "-n", "watched", "--engine", "rustfs", ...ports);
    expect(made).toMatchObject({ code: 0 });

    expect((await stave("services", "runtime", "watched")).stdout).toMatch(/^Status +running$/m);
    const samples = await stave("services", "stats", "watched", "-w", "--every", "1s", "--count", "2", "--json");
    expect(
      samples.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).outcome),
    ).toEqual(["sampled", "sampled"]);
    expect((await stave("services", "limits", "set", "watched")).code).toBe(2);
    expect((await stave("services", "limits", "set", "watched", "--swap", "64")).code).toBe(2);
    expect(await stave("services", "limits", "set", "watched", "--memory", "512", "--swap", "64")).toMatchObject({
      code: 0,
    });
    const { stdout } = await stave("services", "limits", "get", "watched", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      drift: false,
      configured_limits: { memory_mb: 512, memory_swap_mb: 576, nano_cpus: null },
      resource_limits: { memory_mb: 512, memory_swap_mb: 576 },
    });
    // Only a new container has no limit at all.
    const unlimited = await stave(
      "services",
      "limits",
      "set",
      "watched",
      "--memory",
      "unlimited",
      "--recreate",
      "--json",
    );
    expect(unlimited.json()).toMatchObject({ limits: { memory_mb: null }, recreated: true });

    expect((await stave("services", "versions", "watched")).stdout).toMatch(/rustfs\/rustfs:1\.0\.0-alpha\.98 +yes/);
    expect((await stave("services", "logs", "watched", "--tail", "5", "--json")).code).toBe(0);
    const secret = /^Secret key +(\S{40})$/m.exec((await stave("services", "show", "watched", "--reveal")).stdout)?.[1];
    for (const command of ["show", "runtime", "stats", "logs", "limits get", "versions", "metrics", "health"]) {
      const run = await stave("services", ...command.split(" "), "watched", "--json");
      expect(run.stdout + run.stderr, command).not.toContain(secret);
    }
    expect(await stave("services", "remove", "watched", "--yes")).toMatchObject({ code: 0 });
  });
});

/** Both outputs in one pipe, in their order. */
async function runWithPipe(
  args: readonly string[],
  { env, cwd }: { readonly env: NodeJS.ProcessEnv; readonly cwd: string },
) {
  const child = spawn("sh", ["-c", 'exec "$@" 2>&1', "sh", process.execPath, staveMain, ...args], {
    env: { PATH: process.env.PATH, ...env },
    cwd,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, screen };
}

/** Without what is different each time: ids, ports, keys, times, and how far a job was when somebody looked. */
function normalize(text: string): string {
  return text
    .split("\n")
    .filter((line) => !line.endsWith("…") && !/^[\w-]+: \d+ of \d+ /.test(line))
    .join("\n")
    .replaceAll(/^\d+$/gm, "ID")
    .replaceAll(/^ *\d+ {2}/gm, "ID  ")
    .replaceAll(/^ID +\d+$/gm, "ID  ID")
    .replaceAll(/(--id |\(id )\d+/g, "$1ID")
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
    .replaceAll(/^S3_PORT=\d+$/gm, "S3_PORT=PORT")
    .replaceAll(/AKIA[A-Z0-9]{16}/g, "AKIA")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/\d+[smhd] ago/g, "AGO")
    .replaceAll(/ {2,}/g, "  ")
    .replaceAll(documentedUrl, "URL")
    .trim();
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
