import type { OperationContext } from "../../context.ts";
import type { Handlers } from "../../http/handler.ts";
import { Problem } from "../../http/problem.ts";
import { toMb, uploadLimitOption } from "../../storage/upload-limit.ts";

export function configOperations({
  database,
}: OperationContext): Pick<Handlers, "getStorageConfig" | "putStorageConfig"> {
  return {
    async getStorageConfig({ caller }) {
      return answer(toMb(await database.as(caller.actor).options.read(uploadLimitOption)));
    },
    async putStorageConfig({ caller, body, message }) {
      const { options } = database.as(caller.actor);
      const { "if-match": wanted } = message.headers;
      const { maxFileSizeMb } = body;
      while (true) {
        const before = await options.read(uploadLimitOption);
        if (wanted !== undefined && wanted !== "*" && wanted !== etagOf(toMb(before))) {
          throw new Problem("PRECONDITION_FAILED");
        }
        // Somebody else was faster: what is there now decides again.
        if (await options.replace(uploadLimitOption, before, String(maxFileSizeMb))) return answer(maxFileSizeMb);
      }
    },
  };
}

function answer(maxFileSizeMb: number) {
  return { status: 200 as const, headers: { etag: etagOf(maxFileSizeMb) }, body: { data: { maxFileSizeMb } } };
}

function etagOf(maxFileSizeMb: number): string {
  return `"${maxFileSizeMb}"`;
}
