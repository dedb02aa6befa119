import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../../test/support/docker/free-port.ts";
import { requireDocker } from "../../../test/support/docker/require-docker.ts";
import { startDockerd, type TestDockerd } from "../../../test/support/docker/start-dockerd.ts";
import { loadTestImages, testImages } from "../../../test/support/docker/test-images.ts";
import { readCodeBlocks } from "../../../test/support/read-code-blocks.ts";
import { createDockerServices, stave } from "../src/index.ts";
import { buildImages, specOf } from "./support/test-images.ts";

describe.skipIf(requireDocker().isMissing)("a machine of its own", { timeout: 60_000 }, () => {
  let dockerd: TestDockerd;
  beforeAll(async () => {
    dockerd = await startDockerd({ diskMib: 1000 });
    await buildImages(dockerd.socketPath);
    await loadTestImages(dockerd.socketPath, ["rustfs"]);
  }, 120_000);
  afterAll(() => dockerd?.stop(), 60_000);

  test("whose disk is full says so, keeps nothing half made, and goes on when there is room", async () => {
    const docker = createDockerServices({ socketPath: dockerd.socketPath });
    const spec = specOf("files", { ports: { api: await freePort() } });
    dockerd.disk?.fill();

    await expect(docker.create(spec)).rejects.toMatchObject({ code: "DiskFull" });

    dockerd.disk?.free();
    expect(await docker.list()).toEqual([]);
    const { id } = await docker.create(spec);
    await docker.waitHealthy(id);
    await docker.remove(spec.id, { removeVolume: true });
  });

  test("runs Stave's own image by what is known of it", async () => {
    const docker = createDockerServices({ socketPath: dockerd.socketPath });
    const credentials = {
      accessKeyId: "AKIAIOSFODNN7EXAMPLF",
      secretAccessKey: "0123456789abcdefghijklmnopqrstuvwxyzABCD",
    };
    const spec = specOf("own", {
      engine: stave,
      image: testImages.stave,
      credentials,
      ports: { api: await freePort() },
    });

    const { endpoint } = await docker.waitHealthy((await docker.create(spec)).id);

    expect(await (await fetch(`${endpoint}/`)).text()).toContain("<Code>AccessDenied</Code>");
    await docker.remove(spec.id, { removeVolume: true });
  });

  test("runs what the README says, with a stand-in for RustFS", async () => {
    const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
    const example = readCodeBlocks(readme).filter(({ language }) => language === "ts")[1];
    const text = example?.text.replace("/var/run/docker.sock", dockerd.socketPath) ?? "";

    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--conditions=@stave/source", "--input-type=module-typescript", "--eval", text],
      { cwd: fileURLToPath(new URL("..", import.meta.url)) },
    );

    expect(stdout).toBe(example?.output);
  });
});
