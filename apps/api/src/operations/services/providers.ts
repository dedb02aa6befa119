import { minio, rustfs } from "@stave/docker-services";
import { requireDocker } from "../../containers/require-docker.ts";
import type { OperationContext } from "../../context.ts";
import type { Handler } from "../../http/handler.ts";
import { Problem } from "../../http/problem.ts";
import { parameterSchema } from "../../services/parameter-schema.ts";

const s3 = {
  service_type: "s3" as const,
  display_name: "S3",
  description: "Object storage that speaks S3.",
  icon_url: null,
  color: "#2f6f4f",
};

const inContainers = [
  {
    engine: "rustfs" as const,
    display_name: rustfs.displayName,
    description: "A container of its own.",
    is_deprecated: false,
  },
  {
    engine: "minio" as const,
    display_name: minio.displayName,
    description: "A container of its own. Its images are no longer published: for those who have one.",
    is_deprecated: true,
  },
  {
    engine: "custom" as const,
    display_name: "Custom image",
    description: "A container of an image that speaks S3.",
    is_deprecated: false,
  },
];

const withoutDocker = [
  {
    engine: "stave" as const,
    display_name: "Stave",
    description: "Built in: an account of its own in the gateway.",
    is_available: true,
    unavailable_reason: null,
    is_deprecated: false,
  },
  {
    engine: "external" as const,
    display_name: "External endpoint",
    description: "An S3 server that somebody else runs.",
    is_available: true,
    unavailable_reason: null,
    is_deprecated: false,
  },
];

export const listServiceTypes: Handler<"listServiceTypes"> = () => ({ status: 200, body: [s3.service_type] });

export const getServiceTypeParameters: Handler<"getServiceTypeParameters"> = ({ query }) => ({
  status: 200,
  body: parameterSchema(query.engine),
});

export function listServiceProviders(context: OperationContext): Handler<"listServiceProviders"> {
  return async () => ({ status: 200, body: [await showProvider(context)] });
}

export function getServiceProvider(context: OperationContext): Handler<"getServiceProvider"> {
  return async () => ({ status: 200, body: await showProvider(context) });
}

/** Whether there is a Docker is asked each time: it may have been started since. */
async function showProvider(context: OperationContext) {
  const reason = await whyNoDocker(context);
  const engines = inContainers.map((engine) => ({
    ...engine,
    is_available: reason === null,
    unavailable_reason: reason,
  }));
  return { ...s3, engines: [...withoutDocker, ...engines] };
}

async function whyNoDocker(context: OperationContext): Promise<string | null> {
  try {
    await requireDocker(context);
    return null;
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}
