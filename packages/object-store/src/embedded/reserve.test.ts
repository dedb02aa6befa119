import { stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createTemporaryDirectory } from "../../test/temporary-store.ts";
import { clearReserve, createReserve, withReserve } from "./reserve.ts";

const noSpace = Object.assign(new Error("full"), { code: "ENOSPC" });

describe("createReserve", () => {
  test("makes it of real blocks, for all to see, gives it up once and makes it again", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const [reserve, other] = [createReserve(directory), createReserve(directory)];
    expect(reserve.isGivenUp()).toBe(true);

    await Promise.all([reserve.restore(), other.restore()]);
    expect([reserve.isGivenUp(), other.isGivenUp()]).toEqual([false, false]);
    const { size, blocks } = await stat(join(directory, "reserve"));
    expect(size).toBeGreaterThanOrEqual(2 ** 20);
    expect(blocks * 512).toBeGreaterThanOrEqual(size);

    expect([await other.giveUp(), await reserve.giveUp()]).toEqual([true, false]);
    expect(reserve.isGivenUp()).toBe(true);
    await reserve.restore();
    expect(other.isGivenUp()).toBe(false);
    expect(await reserve.isDiskFull()).toBe(false);
  });

  test("that has no blocks, and what was left half-made, is cleared", async () => {
    await using temporary = await createTemporaryDirectory();
    const { directory } = temporary;
    const reserve = createReserve(directory);
    await reserve.restore();
    await clearReserve(directory);
    expect(reserve.isGivenUp()).toBe(false);

    await truncate(join(directory, "reserve"), 0);
    await truncate(join(directory, "reserve"), 2 ** 23);
    await writeFile(join(directory, "reserve.123"), "half");
    await clearReserve(directory);

    expect(reserve.isGivenUp()).toBe(true);
    await expect(stat(join(directory, "reserve.123"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("withReserve", () => {
  test("tries once more without it when there is no space, and not for another reason", async () => {
    await using temporary = await createTemporaryDirectory();
    const reserve = createReserve(temporary.directory);
    await reserve.restore();
    let tries = 0;

    const result = withReserve(reserve, async () => {
      tries += 1;
      if (!reserve.isGivenUp()) throw noSpace;
      return "done";
    });

    await expect(result).resolves.toBe("done");
    expect(tries).toBe(2);
    await reserve.restore();
    const failing = withReserve(reserve, async () => Promise.reject(new Error("another reason")));
    await expect(failing).rejects.toThrow("another reason");
    expect(reserve.isGivenUp()).toBe(false);
  });
});
