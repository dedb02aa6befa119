import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startApi, type TestApi } from "../../api/test/support/start-api.ts";
import { startGateway, type TestGateway } from "../../gateway/test/support/start-gateway.ts";
import { commandTree } from "../src/commands/index.ts";
import { completeLine } from "../src/completion/complete-line.ts";
import { runStave, staveMain } from "./support/run-stave.ts";

const words = (...typed: string[]) =>
  completeLine(commandTree, typed.slice(0, -1), typed.at(-1) ?? "").candidates.map(({ word }) => word);

describe("of the commands that there are", () => {
  test("the words of each level are offered, by whichever name of a group", () => {
    expect(words("")).toEqual(expect.arrayContaining(["serve", "services", "login", "jobs", "help"]));
    expect(words("jobs", "")).toEqual(["list", "show", "watch", "cancel"]);
    expect(words("job", "")).toEqual(words("jobs", ""));
    expect(words("nonsense", "x", "")).toEqual(words(""));
  });

  test("options are offered where one has begun, those of every command too", () => {
    expect(words("services", "create", "--")).toEqual(
      expect.arrayContaining(["--name", "--engine", "--json", "--help"]),
    );
    expect(words("services", "create", "-")).toContain("-n");
    expect(words("services", "create", "-n", "a", "--")).toContain("--engine");
    expect(words("--json", "services", "")).toEqual(words("services", ""));
  });

  test("an option that waits for a value gets one of its choices", () => {
    expect(words("services", "create", "-t", "")).toEqual(["s3"]);
    expect(completeLine(commandTree, ["services", "create"], "--type=")).toMatchObject({
      before: "--type=",
      candidates: [{ word: "s3" }],
    });
    expect(words("completion", "")).toEqual(["bash", "zsh", "fish", "powershell"]);
  });

  test("what is for another program is not guessed at", () => {
    expect(completeLine(commandTree, ["gateway", "keys"], "")).toMatchObject({ candidates: [], isFile: true });
  });
});

describe("in a shell", () => {
  let gateway: TestGateway;
  let api: TestApi;
  let home: string;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "stave-completion-"));
    gateway = await startGateway({ workers: 1 });
    api = await startApi(gateway);
    await api.call("/api/projects", { method: "POST", json: { name: "my-app" } });
    await api.call("/api/storage/buckets", { method: "POST", json: { name: "photos" } });
    // As npm installs it.
    await mkdir(join(home, "bin"));
    const command = join(home, "bin", "stave");
    await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${staveMain}' "$@"\n`);
    await chmod(command, 0o755);
    await writeFile(join(home, "notes.txt"), "");
    await mkdir(join(home, "pictures"));
  });

  afterAll(async () => {
    await api?.stop();
    await gateway?.stop();
    await rm(home, { recursive: true });
  });

  const environment = () => ({
    PATH: `${join(home, "bin")}:${process.env.PATH}`,
    HOME: home,
    STAVE_CONFIG_DIR: join(home, "settings"),
    STAVE_URL: api.endpoint,
    STAVE_TOKEN: api.token,
    TERM: "dumb",
  });

  /** What the shell would put in the place of the last word. */
  const shells: Readonly<Record<string, (line: string) => Promise<readonly string[]>>> = {
    bash: async (line) => {
      const script = `
        source <(stave completion bash)
        COMP_LINE=$1 COMP_POINT=\${#1}
        _stave
        printf '%s\\n' "\${COMPREPLY[@]}"`;
      return await linesOf("bash", ["--norc", "-c", script, "bash", line]);
    },
    // Its completion runs in a terminal only: this one is of zsh itself.
    zsh: async (line) => {
      const script = `
        zmodload zsh/zpty
        zpty pty zsh -f -i
        zpty -w pty 'PS1= ; unsetopt zle_bracketed_paste; autoload -Uz compinit; compinit -D -u; source <(stave completion zsh)'
        zpty -w pty 'compadd() { if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
          local -a given; builtin compadd -A given "$@"; print -rl -- "<\${(@)^given}>"; builtin compadd "$@" }'
        zpty -w pty 'bindkey "^I" complete-word; complete-done() { zle -I; _main_complete; print "<<done>>" }; zle -C complete-word complete-word complete-done; print "<<be""gin>>"'
        zpty -r pty before '*<<begin>>*'
        zpty -n -w pty "$1"$'\\t'
        zpty -r pty answer '*<<done>>*'
        print -r -- $answer`;
      const printed = await linesOf("zsh", ["-f", "-c", script, "zsh", line]);
      return printed.flatMap((text) => /^<([^<>]+)>\r?$/.exec(text)?.[1] ?? []);
    },
    fish: async (line) => {
      const script = 'stave completion fish | source; complete -C "$argv[1]"';
      const printed = await linesOf("fish", ["--no-config", "-c", script, line]);
      return printed.map((text) => text.split("\t")[0] ?? "");
    },
  };

  async function linesOf(command: string, args: readonly string[]): Promise<readonly string[]> {
    const { stdout } = await promisify(execFile)(command, args, { cwd: home, env: environment(), timeout: 30_000 });
    return stdout.split("\n").filter((line) => line !== "");
  }

  const cases: readonly (readonly [line: string, expected: readonly string[]])[] = [
    ["stave serv", ["serve", "services"]],
    ["stave services cr", ["create"]],
    ["stave services create --eng", ["--engine"]],
    ["stave services create -t ", ["s3"]],
    ["stave jobs list --subject x --js", ["--json"]],
    ["stave serve --data-dir pic", ["pictures"]],
  ];

  for (const [name, complete] of Object.entries(shells)) {
    const isMissing = spawnSync(name, ["--version"]).error !== undefined;
    if (isMissing)
      console.warn(`SKIPPED: ${name} is not installed (.ci/run installs it), so its completion is not tried`);
    describe.skipIf(isMissing)(name, { timeout: 30_000 }, () => {
      test.each(cases)("%s", async (line, expected) => {
        const found = (await complete(line)).map((word) => word.replace(/\/$/, ""));

        expect([...found].sort()).toEqual(expected);
      });

      test("services come from the server", async () => {
        expect(await complete("stave services show --id ")).toEqual(["1"]);
      });
    });
  }

  test("bash is given what stands after a colon or an equals sign alone, as it has cut off the rest", async () => {
    const { bash = async () => [] } = shells;

    expect(await bash("stave services create --type=s")).toEqual(["s3"]);
    expect((await runStave(["__complete", "gateway", "s3://ph"], { env: environment() })).stdout).toBe(
      "s3://photos/\n",
    );
  });

  test("a server that is away, slow, or unkind costs at most half a second and offers nothing", {
    timeout: 20_000,
  }, async () => {
    const slow = createServer(() => {}).listen(0, "127.0.0.1");
    const unkind = createServer((_request, response) => {
      const name = "x`reboot`";
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify([{ id: name, name }]));
    }).listen(0, "127.0.0.1");
    const urlOf = (server: typeof slow) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await Promise.all([once(slow, "listening"), once(unkind, "listening")]);
    try {
      for (const url of ["http://127.0.0.1:1", urlOf(slow), urlOf(unkind), "nonsense"]) {
        const env = { ...environment(), STAVE_URL: url };
        const answer = await runStave(["__complete", "services", "show", "--id", ""], { env });
        expect(answer).toMatchObject({ code: 0, stdout: "", stderr: "" });
      }
    } finally {
      slow.closeAllConnections();
      slow.close();
      unkind.close();
    }
  });
});

test("of PowerShell a script is printed, which asks the same way", async () => {
  const { stdout } = await runStave(["completion", "powershell"]);

  expect(stdout).toContain("Register-ArgumentCompleter -Native -CommandName stave");
  expect((await runStave(["__complete", "--last=serv"])).stdout).toMatch(/^serve\t.*\nservices\t.*\n$/);
});
