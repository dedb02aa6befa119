import { describe, expect, test } from "vitest";
import {
  checkLimits,
  findDrift,
  formatByteSize,
  fromDockerLimits,
  LimitsError,
  parseByteSize,
  parseLimits,
  planChange,
  type ResourceLimits,
  toDockerLimits,
  toDockerUpdate,
  unlimited,
} from "./index.ts";

const mib = 1024 ** 2;
const gib = 1024 ** 3;
const host = { memoryBytes: 8 * gib, cpuCores: 4 };
const some: ResourceLimits = { ...unlimited, memoryBytes: 512 * mib, swapExtraBytes: 256 * mib, cpuCores: 1.5 };

function problemsOf(run: () => unknown): (readonly [string, string])[] {
  try {
    run();
  } catch (error) {
    if (error instanceof LimitsError) return error.problems.map(({ field, code }) => [field, code]);
    throw error;
  }
  return [];
}

describe("sizes", () => {
  test.each([
    ["512m", 512 * mib],
    ["512M", 512 * mib],
    ["512 MiB", 512 * mib],
    ["1.5g", 1.5 * gib],
    ["2GB", 2e9],
    ["1k", 1024],
    ["1048576", mib],
    [" 64b ", 64],
    ["0", 0],
  ])("%s is %i bytes", (text, sizeBytes) => {
    expect(parseByteSize(text)).toBe(sizeBytes);
  });

  test.each([
    "",
    "m",
    "-1m",
    "1,5g",
    "1e9",
    "0x10",
    "512 m b",
    "1.5.5g",
    "9".repeat(16),
    "999999999999999t",
    "∞",
    "1g\n2g",
  ])("%j is none", (text) => {
    expect(parseByteSize(text)).toBeUndefined();
  });

  test.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [512 * mib, "512 MiB"],
    [1.5 * gib, "1.5 GiB"],
    [5000 * gib, "4.88 TiB"],
  ])("%i bytes are shown as %s", (sizeBytes, text) => {
    expect(formatByteSize(sizeBytes)).toBe(text);
  });
});

describe("parseLimits", () => {
  test("reads what people write", () => {
    expect(parseLimits({ memory: "512m", swap: "256m", cpu: "1.5", pids: "512", shm: 64 * mib })).toEqual({
      ...some,
      pids: 512,
      shmBytes: 64 * mib,
    });
    expect(parseLimits({ cpu: "1500m" }).cpuCores).toBe(1.5);
    expect(parseLimits({ cpu: 0.5 }).cpuCores).toBe(0.5);
  });

  test("takes nothing for no limit", () => {
    expect(parseLimits({})).toEqual(unlimited);
    expect(parseLimits({ memory: "", swap: null, cpu: undefined, pids: "unlimited", shm: "  " })).toEqual(unlimited);
  });

  test("names every field that is wrong", () => {
    expect(
      problemsOf(() =>
        parseLimits({ memory: "much", swap: -1, cpu: "1.5x", pids: "1.5", shm: Number.NaN, disk: "1g" }),
      ),
    ).toEqual([
      ["memoryBytes", "NotANumber"],
      ["swapExtraBytes", "NotANumber"],
      ["cpuCores", "NotANumber"],
      ["pids", "NotANumber"],
      ["shmBytes", "NotANumber"],
      ["disk", "UnknownField"],
    ]);
    expect(() => parseLimits({ memory: "much" })).toThrow("memory is to be a size such as 512m");
  });
});

describe("checkLimits", () => {
  test.each<[string, ResourceLimits]>([
    ["no limits", unlimited],
    ["some", some],
    ["all that there is", { ...some, memoryBytes: host.memoryBytes, cpuCores: 4 }],
    ["the least", { memoryBytes: 64 * mib, swapExtraBytes: 0, cpuCores: 0.01, pids: 16, shmBytes: mib }],
  ])("allows %s", (_, limits) => {
    checkLimits(limits, { host });
  });

  test.each<[string, Partial<ResourceLimits>, readonly (readonly [string, string])[]]>([
    ["too little memory", { memoryBytes: 64 * mib - 1 }, [["memoryBytes", "BelowMinimum"]]],
    ["more memory than there is", { memoryBytes: 8 * gib + 1 }, [["memoryBytes", "AboveHost"]]],
    ["less memory than is used", { memoryBytes: 100 * mib }, [["memoryBytes", "BelowUse"]]],
    ["swap alone", { memoryBytes: null }, [["swapExtraBytes", "SwapWithoutMemory"]]],
    ["a shred of a core", { cpuCores: 0.009 }, [["cpuCores", "BelowMinimum"]]],
    ["no core", { cpuCores: 0 }, [["cpuCores", "BelowMinimum"]]],
    ["more cores than there are", { cpuCores: 4.5 }, [["cpuCores", "AboveHost"]]],
    ["too few processes", { pids: 0 }, [["pids", "BelowMinimum"]]],
    [
      "everything at once",
      { memoryBytes: 1, cpuCores: 99, shmBytes: 1 },
      [
        ["memoryBytes", "BelowMinimum"],
        ["cpuCores", "AboveHost"],
        ["shmBytes", "BelowMinimum"],
      ],
    ],
  ])("refuses %s", (_, change, expected) => {
    const limits = { ...some, ...change };

    expect(problemsOf(() => checkLimits(limits, { host, usedMemoryBytes: 200 * mib }))).toEqual(expected);
  });

  test("knows what the program needs", () => {
    const call = () => checkLimits(some, { host, minMemoryBytes: gib });

    expect(call).toThrow("memory is to be at least 1 GiB.");
  });
});

describe("Docker's numbers", () => {
  test("are memory, and memory with swap", () => {
    expect(toDockerLimits(some)).toEqual({ Memory: 512 * mib, MemorySwap: 768 * mib, NanoCpus: 1.5e9 });
    expect(toDockerLimits({ ...some, swapExtraBytes: null }).MemorySwap).toBe(512 * mib);
    expect(toDockerLimits(unlimited)).toEqual({});
  });

  test("of an update are never zero, and say all of the host for no limit", () => {
    expect(toDockerUpdate(some, host)).toEqual({
      Memory: 512 * mib,
      MemorySwap: 768 * mib,
      NanoCpus: 1.5e9,
      PidsLimit: -1,
    });
    expect(toDockerUpdate(unlimited, host)).toEqual({
      Memory: 8 * gib,
      MemorySwap: 8 * gib,
      NanoCpus: 4e9,
      PidsLimit: -1,
    });
  });

  test.each<[string, ResourceLimits]>([
    ["no limits", unlimited],
    ["some", some],
    ["odd cores", { ...unlimited, cpuCores: 0.333333333 }],
    ["all", { ...some, pids: 512, shmBytes: 128 * mib }],
  ])("give back %s, after creation and after an update", (_, limits) => {
    expect(fromDockerLimits(toDockerLimits(limits), host)).toEqual(limits);
    const { shmBytes, ...live } = limits;
    expect(fromDockerLimits(toDockerUpdate(limits, host), host)).toEqual({ ...live, shmBytes: null });
    expect(shmBytes === null || shmBytes > 0).toBe(true);
  });

  test.each([
    { Memory: 0, MemorySwap: 0, NanoCpus: 0, PidsLimit: null, ShmSize: 64 * mib },
    { Memory: 9 * gib, MemorySwap: -1, NanoCpus: 8e9, PidsLimit: -1 },
    { PidsLimit: 0 },
  ])("that mean nothing are no limit: %j", (limits) => {
    expect(fromDockerLimits(limits, host)).toEqual(unlimited);
  });
});

describe("drift", () => {
  test("is what a container is not limited as configured in", () => {
    const applied = { ...some, memoryBytes: gib, pids: 100 };

    expect(findDrift(some, applied)).toEqual([
      { field: "memoryBytes", configured: 512 * mib, applied: gib },
      { field: "pids", configured: null, applied: 100 },
    ]);
    expect(findDrift(some, some)).toEqual([]);
  });

  test("is not another way to say the same", () => {
    const memoryOnly = { ...unlimited, memoryBytes: gib };

    expect(findDrift(memoryOnly, { ...memoryOnly, swapExtraBytes: 0 })).toEqual([]);
    expect(findDrift(unlimited, { ...unlimited, swapExtraBytes: 0 })).toEqual([]);
    expect(findDrift(memoryOnly, { ...memoryOnly, swapExtraBytes: 1 })).toHaveLength(1);
  });
});

describe("a change", () => {
  test("of memory, swap, cores and processes is made while the container runs", () => {
    const change = planChange(unlimited, { ...some, pids: 512 }, host);

    expect(change.update).toEqual(toDockerUpdate({ ...some, pids: 512 }, host));
    expect([change.needsRecreate, change.isExactAfterRecreate]).toEqual([[], []]);
  });

  test("that takes limits away is only as good as exact", () => {
    expect(planChange(some, unlimited, host)).toEqual({
      update: toDockerUpdate(unlimited, host),
      needsRecreate: [],
      isExactAfterRecreate: ["memoryBytes", "cpuCores"],
    });
  });

  test("of shared memory takes a new container", () => {
    expect(planChange(some, { ...some, shmBytes: gib }, host)).toEqual({
      update: undefined,
      needsRecreate: ["shmBytes"],
      isExactAfterRecreate: [],
    });
  });

  test("of nothing is none", () => {
    expect(planChange(some, some, host).update).toBeUndefined();
  });
});
