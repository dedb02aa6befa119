import type { Fixture, World } from "./fixture.ts";

async function lastJob({ api, stave }: World) {
  await stave("services", "create", "-n", `job-${process.hrtime.bigint()}`);
  const { body } = await api.call("/api/jobs?limit=1");
  return { ID: String(body.data[0].id) };
}

async function withoutStorage({ api }: World) {
  const { body } = await api.call("/api/external-services?page_size=1000");
  for (const { id, name } of body) {
    if (name === "my-storage") await api.call(`/api/external-services/${id}?force=true`, { method: "DELETE" });
  }
  return undefined;
}

export const serviceFixtures: readonly Fixture[] = [
  { of: /^services create -t s3 -n my-storage/, prepare: withoutStorage },
  { of: /^jobs (show|watch)/, prepare: lastJob },
  { of: /^jobs cancel/, prepare: lastJob, code: [6, "its work is done before anybody could call it off"] },
];
