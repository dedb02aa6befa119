import { act } from "./act.ts";
import type { Fixture, World } from "./fixture.ts";

async function withoutWebhooks({ api }: World): Promise<undefined> {
  const { data } = await act(api, "/api/notice-webhooks", { method: "GET" });
  for (const { id } of data) await act(api, `/api/notice-webhooks/${id}`, { method: "DELETE" });
  return undefined;
}

async function withWebhook(world: World): Promise<undefined> {
  await withoutWebhooks(world);
  await act(world.api, "/api/notice-webhooks", { json: { name: "ops", url: world.webhookUrl } });
  return undefined;
}

export const noticeFixtures: readonly Fixture[] = [
  // Nobody outside is to hear of what is tried here.
  {
    of: /^notices create/,
    prepare: async (world) => {
      await withoutWebhooks(world);
      const { webhookUrl } = world;
      return { "https://hooks.example.com/stave": webhookUrl, "https://hooks.example ": `${webhookUrl} ` };
    },
  },
  { of: /^notices (test|remove)/, prepare: withWebhook },
];
