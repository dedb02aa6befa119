import type { Check } from "../check.ts";
import { answers } from "./answers.ts";
import { api } from "./api.ts";
import { chunked } from "./chunked.ts";
import { clock } from "./clock.ts";
import { conditions } from "./conditions.ts";
import { continues } from "./continue.ts";
import { cors } from "./cors.ts";
import { dataDirectory } from "./data-directory.ts";
import { disk } from "./disk.ts";
import { docker } from "./docker.ts";
import { forwarded } from "./forwarded.ts";
import { headers } from "./headers.ts";
import { key } from "./key.ts";
import { keyFile } from "./key-file.ts";
import { keys } from "./keys.ts";
import { largeBody } from "./large-body.ts";
import { openFiles } from "./open-files.ts";
import { permissions } from "./permissions.ts";
import { presignHost } from "./presign-host.ts";
import { presigned } from "./presigned.ts";
import { reachable } from "./reachable.ts";
import { region } from "./region.ts";
import { signature } from "./signature.ts";
import { tls } from "./tls.ts";
import { virtualHost } from "./virtual-host.ts";

/** From what everything needs to what takes long, then the machine of the server. */
export const remoteChecks: readonly Check[] = [
  tls,
  reachable,
  clock,
  key,
  region,
  signature,
  permissions,
  presigned,
  presignHost,
  virtualHost,
  headers,
  forwarded,
  answers,
  keys,
  conditions,
  continues,
  chunked,
  cors,
  largeBody,
  api,
];

/** On the machine of the server. */
export const localChecks: readonly Check[] = [dataDirectory, disk, openFiles, keyFile, docker];
