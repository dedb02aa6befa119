import { afterEach, expect, test, vi } from "vitest";
import { createChecksum } from "./create-checksum.ts";
import { loadChecksums } from "./load-checksums.ts";

afterEach(() => vi.unstubAllGlobals());

test("goes on in JavaScript, and says so, where there is no WebAssembly", async () => {
  vi.stubGlobal("WebAssembly", undefined);

  const engines = await loadChecksums();
  const checksum = createChecksum("CRC64NVME");
  checksum.update(Buffer.from("123456789"));

  expect(engines.CRC64NVME).toBe("javascript");
  expect(checksum.digest()).toBe("rosUhgp5mIg=");
});
