import { type OpenApiDocument, openApiDocument } from "@stave/api-contract";
import type { OperationContext } from "../context.ts";
import type { Handlers } from "../http/handler.ts";
import { version } from "../version.ts";

export function systemOperations({ database }: OperationContext): Pick<Handlers, "getStatus" | "getOpenApi"> {
  let document: OpenApiDocument | undefined; // made when somebody asks: it takes as much memory as everything else here
  return {
    async getStatus() {
      const isSetUp = (await database.as("system").users.count()) > 0;
      return { status: 200, body: { data: { name: "stave", version, isSetUp } } };
    },
    getOpenApi() {
      document ??= openApiDocument(version);
      return { status: 200, body: { ...document } };
    },
  };
}
