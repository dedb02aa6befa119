import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../src/commands/run-command.ts";
import { UsageError } from "../src/process/usage-error.ts";
import { changeKeys } from "./support/change-keys.ts";
import { type Outcome, runGatewayCommand } from "./support/run-gateway-command.ts";
import { createS3Client } from "./support/s3-client.ts";
import { ann, bob, startGateway, type TestGateway } from "./support/start-gateway.ts";
import { callSts, credentialsOf } from "./support/sts-client.ts";

/** Some commands are processes of their own. */
const timeoutMs = 60_000;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
  await createS3Client(gateway).call({ method: "PUT", path: "/photos" });
}, 30_000);
afterAll(async () => {
  await gateway.stop();
});

/** As a process of its own, beside the server. */
const runAlone = (...args: readonly string[]): Promise<Outcome> =>
  runGatewayCommand([...args, "--data-dir", gateway.dataDirectory]);
/** The same in this process, which is much faster; throws what ends with another exit code than 0. */
const run = async (...args: readonly string[]): Promise<Outcome> => {
  let stdout = "";
  const code = await runCommand([...args, "--data-dir", gateway.dataDirectory], {}, async (text) => {
    stdout += text;
  });
  return { code: code ?? null, stdout, stderr: "" };
};
/** The report of a command that has worked. */
const report = async (...args: readonly string[]) => {
  const { code, stdout, stderr } = await run(...args, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
};
type Pair = { readonly accessKeyId: string; readonly secretAccessKey: string };
const statusOf = async ({ accessKeyId, secretAccessKey }: Pair) => {
  const account = { ...ann, accessKeyId, secretAccessKey };
  const { code, status } = await createS3Client(gateway).call({ path: "/photos", account });
  return code ?? status;
};

describe("keys", () => {
  test("end-sessions ends every temporary key, and those that are asked for afterwards work", async () => {
    const session = async () => credentialsOf(await callSts(gateway, { Action: "GetSessionToken" }));
    const statusWith = async (account: Awaited<ReturnType<typeof session>>) => {
      const { code, status } = await createS3Client(gateway).call({ path: "/photos", account });
      return code ?? status;
    };
    const before = await session();
    expect(await statusWith(before)).toBe(200);

    expect(await report("keys", "end-sessions")).toEqual({ endedSessions: true });

    expect(await statusWith(before)).toBe("InvalidToken");
    expect(await statusWith(await session())).toBe(200);
  });

  test(
    "issue prints lines for a shell that work at once, and no other command shows the secret",
    async () => {
      const issued = await runAlone("keys", "issue", "--account", "ann", "--description", "for backups");
      const [, accessKeyId = "", secretAccessKey = ""] =
        /^export AWS_ACCESS_KEY_ID=(AKIA\w{16})\nexport AWS_SECRET_ACCESS_KEY=(\S{40})$/m.exec(issued.stdout) ?? [];

      expect([issued.code, issued.stderr]).toEqual([0, ""]);
      expect(issued.stdout.replaceAll(/^(#.*|export .*)\n/gm, "")).toBe("");
      expect(await statusOf({ accessKeyId, secretAccessKey })).toBe(200);
      const others = await Promise.all([
        run("keys", "list", "--all"),
        run("keys", "list", "--json"),
        runAlone("keys", "show", accessKeyId),
        run("keys", "show", accessKeyId, "--json"),
        run("audit", "--json"),
        run("encryption", "status", "--json"),
      ]);
      for (const { code, stdout, stderr } of others) {
        expect([code, stderr]).toEqual([0, ""]);
        expect(stdout).not.toContain(secretAccessKey);
      }
      expect(others[0]?.stdout).toMatch(
        new RegExp(
          `^${accessKeyId} +ann +everything +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d +\\S.* +active +for backups$`,
          "m",
        ),
      );
      expect(JSON.parse(others[3]?.stdout ?? "")).toMatchObject({
        accessKeyId,
        state: "active",
        description: "for backups",
      });
    },
    timeoutMs,
  );

  test(
    "issue limits a key as it is told",
    async () => {
      const { id } = await report("projects", "create", "shop", "--account", "ann");
      const until = "2090-01-01T00:00:00.000Z";
      const limited = await report(
        ...[
          "keys",
          "issue",
          "--account",
          ann.email,
          "--access",
          "read-only",
          "--bucket",
          "photos",
          "--prefix",
          "2026/*",
        ],
        ...["--from", "10.0.0.0/8", "2001:db8::/32", "--expires", "2090-01-01"],
      );
      const ofProject = await report("keys", "issue", "--account", ann.id, "--project", "shop", "--expires", "30d");
      const listed = await run("keys", "list", "--account", "ann");

      expect(limited).toMatchObject({
        account: { id: ann.id, displayName: "ann" },
        scope: {
          access: "read-only",
          on: { bucket: "photos", prefix: "2026/*" },
          sourceNetworks: ["10.0.0.0/8", "2001:db8::/32"],
        },
        expiresAt: until,
        secretAccessKey: expect.stringMatching(/^\S{40}$/),
      });
      expect(ofProject.scope).toEqual({ access: "full", on: { project: id } });
      expect(new Date(ofProject.expiresAt).getTime() - Date.now()).toBeGreaterThan(29.9 * 86_400_000);
      expect(listed.stdout).toContain("read-only on photos/2026/*, from 10.0.0.0/8, 2001:db8::/32");
      expect(listed.stdout).toContain("active until 2090-01-01 00:00");
      await report("projects", "remove", "shop");
    },
    timeoutMs,
  );

  test(
    "rotate, expire and revoke end keys, and list says how",
    async () => {
      const first = await report("keys", "issue", "--account", "ann");
      const second = await report("keys", "rotate", first.accessKeyId, "--grace", "24h");
      expect(second.replaces).toMatchObject({ accessKeyId: first.accessKeyId, state: "rotated" });
      expect([await statusOf(first), await statusOf(second)]).toEqual([200, 200]);
      const third = await report("keys", "rotate", second.accessKeyId, "--grace", "0");
      expect([await statusOf(second), await statusOf(third)]).toEqual(["InvalidAccessKeyId", 200]);
      await report("keys", "expire", third.accessKeyId, "--at", "0s");
      await report("keys", "revoke", first.accessKeyId);
      expect([await statusOf(first), await statusOf(third)]).toEqual(["InvalidAccessKeyId", "InvalidAccessKeyId"]);

      const shown = await run("keys", "list");
      const all = await run("keys", "list", "--all");
      const again = await runAlone("keys", "rotate", third.accessKeyId);

      expect(shown.stdout).not.toContain(first.accessKeyId);
      const stateOf = ({ accessKeyId }: Pair) =>
        new RegExp(`^${accessKeyId} .* (revoked|expired) 20`, "m").exec(all.stdout)?.[1];
      expect([first, second, third].map(stateOf)).toEqual(["revoked", "expired", "expired"]);
      expect(again).toMatchObject({ code: 1, stdout: "" });
      expect(again.stderr).toMatch(/is revoked or has expired/);
    },
    timeoutMs,
  );

  test(
    "a project has room for 50 usable keys, and says so",
    async () => {
      const { id } = await report("projects", "create", "crowd", "--account", "ann");
      const scope = { access: "full", on: { project: id } };
      await changeKeys(gateway, async (keys) => {
        for (let n = 0; n < 50; n += 1) await keys.issue({ ownerId: ann.id, scope });
      });

      const refused = await runAlone("keys", "issue", "--account", "ann", "--project", "crowd");

      expect(refused).toMatchObject({ code: 1, stdout: "" });
      expect(refused.stderr).toMatch(/The project has 50 access keys .* Revoke/);
    },
    timeoutMs,
  );
});

describe("accounts and projects", () => {
  test(
    "are made, listed, changed and removed, beside the server",
    async () => {
      const carl = await report("accounts", "create", "carl", "--email", "Carl@Example.com");
      expect(carl).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{64}$/), email: "carl@example.com" });
      const key = await report("keys", "issue", "--account", "carl@example.com");
      const listed = await createS3Client(gateway).call({ path: "/", account: { ...ann, ...key } });
      expect(listed.text).toContain("<DisplayName>carl</DisplayName>");

      const inUse = await runAlone("accounts", "remove", "carl");
      expect(inUse).toMatchObject({ code: 1, stdout: "" });
      expect(inUse.stderr).toMatch(/has access keys: revoke them first/);
      await report("accounts", "rename", "carl", "charles");
      expect((await run("accounts", "list")).stdout).toMatch(
        new RegExp(`^${carl.id}  charles +carl@example.com  `, "m"),
      );

      const project = await report("projects", "create", "press", "--account", "charles");
      expect((await report("projects", "add-bucket", "press", "press-photos")).buckets).toEqual(["press-photos"]);
      expect((await run("projects", "list")).stdout).toMatch(
        new RegExp(`^press +${project.id} +${carl.id} +press-photos$`, "m"),
      );
      expect((await report("projects", "remove-bucket", "press", "press-photos")).buckets).toEqual([]);
      await report("projects", "remove", project.id);
      await report("keys", "revoke", key.accessKeyId);
      await report("accounts", "remove", "charles");

      expect((await report("accounts", "list")).accounts.map(({ id }: { id: string }) => id)).toEqual([ann.id, bob.id]);
      const { entries } = await report("audit", "--since", "1h", "--limit", "8");
      expect(entries.map(({ action }: { action: string }) => action)).toEqual([
        ...["account:remove", "access-key:revoke", "project:remove", "project:remove-bucket", "project:add-bucket"],
        ...["project:create", "account:change", "access-key:create"],
      ]);
      expect(entries[0].actor).toMatch(/^command line: \S+$/);
      const revoked = await run("audit", "--action", "access-key:revoke", "--actor", entries[0].actor, "--limit", "1");
      expect(revoked.stdout).toMatch(
        new RegExp(`^20\\S+Z  command line: \\S+  access-key:revoke  ${key.accessKeyId}  .*\\n$`),
      );
    },
    timeoutMs,
  );
});

test(
  "wrong input ends with 2 and one line that names it, and changes nothing",
  async () => {
    const before = await report("audit");
    const cases: readonly [args: readonly string[], pattern: RegExp][] = [
      [["keys"], /keys: Expected one of issue, .*got nothing/],
      [["keys", "make"], /keys: Expected one of .*got "make"/],
      [["keys", "issue"], /--account: .* there are 2: "ann" \(a+\), "bob"/],
      [["keys", "issue", "--account", "eve"], /There is no account "eve"/],
      [["keys", "issue", "--account", "ann", "--expires", "soon"], /--expires: .*got "soon"/],
      [["keys", "issue", "--account", "ann", "--expires", "2030-02-31"], /--expires: .*2030-02-31/],
      [["keys", "issue", "--account", "ann", "--expires", "2030-01-01T00:00"], /--expires/],
      [["keys", "issue", "--account", "ann", "--expires", "2020-01-01"], /--expires: Expected a time to come/],
      [["keys", "issue", "--account", "ann", "--access", "root"], /access.*root/],
      [["keys", "issue", "--account", "ann", "--prefix", "x"], /--prefix: Expected --bucket/],
      [["keys", "issue", "--account", "ann", "--bucket", "No Bucket"], /on\.bucket.*No Bucket/],
      [["keys", "issue", "--account", "ann", "--bucket", "photos", "--prefix", ""], /on\.prefix/],
      [["keys", "issue", "--account", "ann", "--from", "10.0.0.0/33"], /sourceNetworks.*10\.0\.0\.0\/33/],
      [["keys", "issue", "--account", "ann", "--project", "x"], /There is no project "x"/],
      [["keys", "issue", "--account", "ann", "--description", "x".repeat(257)], /--description/],
      [["keys", "issue", "surplus"], /too many arguments/],
      [["keys", "revoke"], /missing required argument 'id'/],
      [["keys", "revoke", "AKIANOBODY"], /AKIANOBODY/],
      [["keys", "show", "AKIANOBODY"], /AKIANOBODY/],
      [["keys", "rotate", "AKIANOBODY"], /AKIANOBODY/],
      [["keys", "rotate", ann.accessKeyId, "--grace", "-1h"], /--grace/],
      [["keys", "expire", ann.accessKeyId], /--at/],
      [["accounts", "create", ""], /name/],
      [["accounts", "create", "x", "--email", "none"], /--email.*none/],
      [["accounts", "create", "x", "--email", "ann@EXAMPLE.com"], /exists already/],
      [["accounts", "remove", "eve"], /There is no account "eve"/],
      [["projects", "create", "Not This", "--account", "ann"], /Not This/],
      [["projects", "add-bucket", "nothing", "photos"], /There is no project "nothing"/],
      [["audit", "--limit", "1001"], /--limit/],
      [["encryption", "rotate", "surplus"], /too many arguments/],
    ];

    for (const [args, pattern] of cases) {
      // In this process: what becomes of a UsageError is the same for all.
      const error: unknown = await run(...args).catch((reason: unknown) => reason);
      expect([args, error]).toEqual([args, expect.any(UsageError)]);
      expect(String(error)).toMatch(pattern);
      expect(String(error)).not.toContain("\n");
    }
    const [shown, surplus] = await Promise.all([
      runAlone("keys", "show", "AKIANOBODY"),
      runAlone("keys", "issue", "surplus"),
    ]);
    expect(shown).toEqual({ code: 2, stdout: "", stderr: 'stave-gateway: There is no access key "AKIANOBODY".\n' });
    expect(surplus).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(/too many arguments.*\n$/) });

    expect(await report("audit")).toEqual(before);
  },
  timeoutMs,
);

test(
  "a directory without a control database is named, and stays as it is",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "stave-control-commands-"));
    const empty = join(folder, "empty");
    await mkdir(empty);

    for (const directory of [empty, join(folder, "absent")]) {
      const refused = await runGatewayCommand(["keys", "list", "--data-dir", directory]);
      expect(refused).toMatchObject({ code: 1, stdout: "" });
      expect(refused.stderr).toMatch(/^stave-gateway: There is no control database .*control\.sqlite\.\n$/);
    }
    expect([await readdir(folder), await readdir(empty)]).toEqual([["empty"], []]);
    await rm(folder, { recursive: true });
  },
  timeoutMs,
);

test(
  "each group of commands explains itself",
  async () => {
    for (const [group, members] of [
      ["keys", ["issue", "list", "show", "rotate", "expire", "revoke"]],
      ["accounts", ["list", "create", "rename", "remove"]],
      ["projects", ["list", "create", "add-bucket", "remove-bucket", "remove"]],
      ["encryption", ["status", "rotate"]],
    ] as const) {
      const { code, stdout } = await run(group, "--help");
      expect(code).toBe(0);
      for (const member of members) expect(stdout).toContain(`stave-gateway ${group} ${member} `);
    }
    expect((await run("keys", "issue", "--help")).stdout).toContain("Usage: stave-gateway keys issue");
  },
  timeoutMs,
);
