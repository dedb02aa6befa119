import type { Handler } from "../../http/handler.ts";
import { parameterSchema } from "../../services/parameter-schema.ts";

const s3 = {
  service_type: "s3" as const,
  display_name: "S3",
  description: "Object storage that speaks S3.",
  icon_url: null,
  color: "#2f6f4f",
  engines: [
    {
      engine: "stave" as const,
      display_name: "Stave",
      description: "Built in: an account of its own in the gateway.",
      is_available: true,
      is_deprecated: false,
    },
    {
      engine: "external" as const,
      display_name: "External endpoint",
      description: "An S3 server that somebody else runs.",
      is_available: true,
      is_deprecated: false,
    },
    {
      engine: "rustfs" as const,
      display_name: "RustFS",
      description: "A container of its own. Comes with Docker support.",
      is_available: false,
      is_deprecated: false,
    },
    {
      engine: "minio" as const,
      display_name: "MinIO",
      description: "A container of its own. Comes with Docker support.",
      is_available: false,
      is_deprecated: true,
    },
    {
      engine: "custom" as const,
      display_name: "Custom image",
      description: "A container of an image that speaks S3. Comes with Docker support.",
      is_available: false,
      is_deprecated: false,
    },
  ],
};

export const listServiceTypes: Handler<"listServiceTypes"> = () => ({ status: 200, body: [s3.service_type] });

export const getServiceTypeParameters: Handler<"getServiceTypeParameters"> = ({ query }) => ({
  status: 200,
  body: parameterSchema(query.engine),
});

export const listServiceProviders: Handler<"listServiceProviders"> = () => ({ status: 200, body: [s3] });

export const getServiceProvider: Handler<"getServiceProvider"> = () => ({ status: 200, body: s3 });
