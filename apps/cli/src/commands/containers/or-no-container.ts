import type { ApiClient } from "../../api/api-client.ts";
import { CliError } from "../../command/cli-error.ts";
import { onlyMember } from "./format-limits.ts";

/** What the api answers. A refusal because the service runs in no container is `NotSupported`, as it is of every command for containers. */
export async function orNoContainer<Answer>(
  answer: Promise<Answer>,
  { client, id }: { readonly client: ApiClient; readonly id: number },
): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof CliError && (error.code === "Usage" || error.code === "Conflict")) {
      await requireContainer(client, id, error);
    }
    throw error;
  }
}

async function requireContainer({ call }: ApiClient, id: number, refusal: CliError): Promise<void> {
  const { body } = await call("get /api/external-services/{id}/runtime", { params: { id } }).catch(() => {
    throw refusal; // that says more than why nobody could be asked about it
  });
  onlyMember(body);
}
