import { afterEach, describe, expect, test, vi } from "vitest";
import { parseMounts } from "../src/powercut/find-mounts.ts";
import { findMissing } from "../src/requirements.ts";
import { findHarness } from "./find-harness.ts";

const options = { filesystems: ["ext4", "btrfs"], needsEatmydata: true, userId: 0 } as const;

describe.skipIf(process.platform !== "linux")("what a machine lacks", () => {
  test("names the Debian packages of programs that are not there", () => {
    expect(findMissing({ ...options, path: "/nowhere", kernel: "6.12.0" }).join("\n")).toContain(
      "apt-get install mount coreutils xfsprogs e2fsprogs btrfs-progs eatmydata",
    );
  });

  test("asks for root", () => {
    expect(findMissing({ ...options, userId: 1000 }).join("\n")).toContain("run it as root");
  });

  test("leaves btrfs to kernels that can mount two copies of one", () => {
    expect(findMissing({ ...options, kernel: "6.1.0-18-amd64" }).join("\n")).toContain("from Linux 6.7 on");
    expect(findMissing({ ...options, kernel: "6.7.0" }).join("\n")).not.toContain("Linux 6.7");
    expect(findMissing({ ...options, kernel: "7.0.1" }).join("\n")).not.toContain("Linux 6.7");
  });
});

describe("where the tests cannot run", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  test("they fail in CI", () => {
    vi.stubEnv("CI", "true");
    vi.spyOn(process, "getuid").mockReturnValue(1000);

    expect(() => findHarness(["ext4"])).toThrow("The power-cut tests cannot run.");
  });

  test("they skip elsewhere, and say so", () => {
    vi.stubEnv("CI", undefined);
    vi.spyOn(process, "getuid").mockReturnValue(1000);
    const warn = vi.spyOn(console, "warn").mockReturnValue();

    expect(findHarness(["ext4"])).toEqual({ isMissing: true });
    expect(warn.mock.calls.join()).toMatch(/^SKIPPED: The power-cut tests cannot run\. .*root/);
  });
});

test("reads mount points with optional fields and escaped characters", () => {
  const mountinfo = [
    "42 27 7:0 / /tmp/run-1/outer rw,relatime - xfs /dev/loop0 rw",
    "44 27 0:39 / /tmp/a\\040b rw,relatime shared:1 master:2 - btrfs /dev/loop1 rw,subvol=/",
    "",
  ].join("\n");

  expect(parseMounts(mountinfo)).toEqual([
    { mountPoint: "/tmp/run-1/outer", source: "/dev/loop0" },
    { mountPoint: "/tmp/a b", source: "/dev/loop1" },
  ]);
});
