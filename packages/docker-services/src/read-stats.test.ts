import { expect, test } from "vitest";
import type { EngineClient } from "./engine-client.ts";
import { createContext } from "./engine-context.ts";
import { readStats, type StatsSamples } from "./read-stats.ts";

const id = "c".repeat(64);
const mib = 1024 ** 2;

/** As engines have answered, with what is read of it. */
const recorded = {
  v1: {
    memory_stats: {
      usage: 104_337_408,
      limit: 536_870_912,
      stats: { cache: 41_279_488, inactive_file: 9_000_000, total_inactive_file: 20_451_328 },
    },
    blkio_stats: {
      io_service_bytes_recursive: [
        { op: "Read", value: 4096 },
        { op: "Write", value: 8192 },
        { op: "Sync", value: 8192 },
        { op: "Total", value: 12_288 },
      ],
    },
  },
  v2: {
    memory_stats: {
      usage: 104_337_408,
      limit: 536_870_912,
      stats: { anon: 63_057_920, file: 41_279_488, inactive_file: 20_451_328, active_file: 20_828_160 },
    },
    blkio_stats: {
      io_service_bytes_recursive: [
        { op: "read", value: 4096 },
        { op: "write", value: 8192 },
      ],
    },
  },
};

test.each(["v1", "v2"] as const)("what a container uses, as control groups %s tell it", async (version) => {
  const cpu = (total: number, system: number) => {
    return { cpu_usage: { total_usage: total }, system_cpu_usage: system, online_cpus: 4 };
  };
  const raw = {
    ...recorded[version],
    cpu_stats: cpu(3_500_000_000, 500_000_000_000),
    precpu_stats: cpu(3_000_000_000, 498_000_000_000),
    pids_stats: { current: 23 },
    networks: { eth0: { rx_bytes: 10, tx_bytes: 20 }, eth1: { rx_bytes: 1, tx_bytes: 2 } },
  };
  const client: EngineClient = { request: async () => raw as never, stream: () => Promise.reject(new Error("none")) };
  const samples: StatsSamples = new Map();

  const [result] = await readStats(createContext(client, Date.now), [id], { samples });

  expect(result).toEqual({
    id,
    outcome: "sampled",
    stats: {
      cpuPercent: 100,
      onlineCpus: 4,
      memoryBytes: 80 * mib,
      memoryLimitBytes: 512 * mib,
      memoryPercent: (80 / 512) * 100,
      pids: 23,
      receivedBytes: 11,
      sentBytes: 22,
      readBytes: 4096,
      writtenBytes: 8192,
    },
  });
});
