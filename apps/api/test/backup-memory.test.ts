import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fullAbilities } from "../src/transfer/engine-abilities.ts";
import { writeObject } from "../src/transfer/write-object.ts";
import { act, type BackupRig, backUp, makeService, s3Destination, startBackupRig } from "./support/backup-rig.ts";

let rig: BackupRig;
beforeAll(async () => {
  rig = await startBackupRig();
}, 60_000);
afterAll(() => rig?.stop());

const mib = 1024 ** 2;
const sizeBytes = 300 * mib;
/** Of the whole process: an empty one has about 150 MiB. */
const mostMib = 450;

async function* noise(): AsyncGenerator<Uint8Array> {
  const chunk = randomBytes(mib);
  for (let sent = 0; sent < sizeBytes; sent += mib) {
    chunk.writeUInt32BE(sent, 0);
    yield Buffer.from(chunk);
  }
}

async function peakMib(): Promise<number> {
  const status = await readFile(`/proc/${rig.api.child.pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

// 300 MiB go through the api four times.
test("an object of 300 MiB is backed up in parts, verified, and downloaded without being in memory", async () => {
  const { id: serviceId, client } = await makeService(rig, "large", ["large"]);
  const destinationId = await s3Destination(rig, "large-backups");
  const target = { bucket: "large", key: "noise", abilities: fullAbilities };
  await writeObject(client, target, { headers: {}, sizeBytes, body: noise() });

  const backup = await backUp(rig, { serviceId, destinationId });
  expect(backup).toMatchObject({ state: "completed", objects: 1, storedBytes: sizeBytes });
  expect(await act(rig, `/api/backups/${backup.id}/verify`)).toMatchObject({ state: "completed" });
  const answer = await fetch(`${rig.api.endpoint}/api/backups/${backup.id}/download`, {
    headers: { authorization: `Bearer ${rig.api.token}` },
  });
  let received = 0;
  for await (const chunk of answer.body ?? []) received += chunk.length;
  expect(received).toBeGreaterThan(mib);
  expect(await peakMib()).toBeLessThan(mostMib);
}, 120_000);
