import { dockerCall } from "../../../../test/support/docker/docker-call.ts";

/** What there is in Docker, by name: to be compared with what there was. */
export async function dockerInventory(socketPath: string): Promise<readonly string[]> {
  const [containers, { Volumes }, networks] = await Promise.all([
    dockerCall<{ Names: string[] }[]>(socketPath, "/containers/json?all=1"),
    dockerCall<{ Volumes: { Name: string }[] | null }>(socketPath, "/volumes"),
    dockerCall<{ Name: string }[]>(socketPath, "/networks"),
  ]);
  return [
    ...containers.flatMap(({ Names }) => Names.map((name) => `container ${name}`)),
    ...(Volumes ?? []).map(({ Name }) => `volume ${Name}`),
    ...networks.map(({ Name }) => `network ${Name}`),
  ].toSorted();
}
