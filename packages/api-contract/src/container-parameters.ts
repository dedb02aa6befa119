import { z } from "./zod.ts";

/** Of Docker: with a registry, a tag or a digest. Whether it is one of the engine is seen when it is used. */
const image = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[\w.:/@-]+$/, "Expected an image such as rustfs/rustfs:1.0.0");
const port = z.int().min(1).max(65_535);
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "Expected the name of an environment variable");
const path = z
  .string()
  .max(512)
  .regex(/^\/[\w./~%-]*$/, "Expected an absolute path");

const apiPort = port.describe("Of this machine, on 127.0.0.1. The first free one from 9000, unless you ask for one.");
const consolePort = port.describe("Of this machine, on 127.0.0.1. The first free one from 9001.");
const mib = z.int().min(1).max(16_777_216);

/** The same for every engine in a container. */
export const containerParameters = {
  port: apiPort.optional(),
  publish: z
    .enum(["loopback", "none"])
    .default("loopback")
    .describe(
      "none: on no port of this machine. Its network is internal then: only what joins it reaches the service.",
    ),
  memory_mb: mib.optional().describe("The most memory it may use, in MiB. Unlimited without."),
  memory_swap_mb: mib.optional().describe("Memory and swap together, in MiB. No swap without."),
  nano_cpus: z.int().min(1).max(1e15).optional().describe("1,000,000,000 is one core. Unlimited without."),
  shm_size_mb: mib.optional().describe("Of /dev/shm, in MiB."),
};

export const withConsole = { console_port: consolePort.optional() };
export const withImage = { docker_image: image.optional().describe("Another image of the same engine.") };

/** What has to be said of an image that nobody knows. */
export const customEngineParameters = {
  docker_image: image.describe("An image that speaks S3 and takes its root key from environment variables."),
  container_port: port.default(9000).describe("Where S3 is inside the container."),
  container_console_port: port.optional(),
  access_key_variable: variableName.optional().describe("The variable that takes the access key."),
  secret_key_variable: variableName.optional().describe("The variable that takes the secret key."),
  region_variable: variableName.optional(),
  health_path: path.default("/").describe("Answers when the server is ready."),
  health_statuses: z
    .array(z.int().min(100).max(599))
    .min(1)
    .max(10)
    .default([200, 204, 403])
    .describe("With which statuses. 403: it serves, and wants a key."),
  data_path: path.default("/data").describe("Where it keeps its data: the volume goes there."),
  console_path: path.optional(),
  command: z.array(z.string().max(1024)).max(64).optional(),
  environment: z
    .record(variableName, z.string().max(32_768))
    .refine((all) => Object.keys(all).length <= 100, "Expected at most 100 variables")
    .default({})
    .describe("Further variables. They are kept as secrets are, and never shown."),
  user: z
    .string()
    .regex(/^\d{1,10}(:\d{1,10})?$/, "Expected uid or uid:gid")
    .optional(),
  read_only_root: z.boolean().default(false).describe("Whether it writes nowhere but to its data and to /tmp."),
};

/** Each makes the container anew, on the same volume. */
export const containerChanges = { port: apiPort.optional(), docker_image: image.optional() };
export const consoleChanges = { console_port: consolePort.optional() };
