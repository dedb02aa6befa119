import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { S3Client } from "@aws-sdk/client-s3";
import { type AddressRules, allowsHost, guardedLookup } from "@stave/outgoing-requests";
import { Problem } from "../http/problem.ts";
import type { Credentials } from "./service-credentials.ts";

export type S3ClientInput = {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** For an endpoint that somebody has named. Undefined: one of this installation. */
  readonly addresses?: AddressRules;
  /** @default true */
  readonly forcePathStyle?: boolean;
};

const connectTimeoutMs = 5_000;
const idleTimeoutMs = 60_000;
/** Uploads and downloads hold a connection each: with the 50 that are the default, slow ones would keep everybody else waiting. */
const maxSockets = 1000;

/** Without one the client writes to the console of the process; what fails is thrown, and logged by who knows the request. */
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** A client of any S3 server. Throws a {@link Problem} for an address that it must not reach; what a name stands for is seen with each connection. */
export function createS3Client(input: S3ClientInput): S3Client {
  const { endpoint, region, credentials, addresses, forcePathStyle = true } = input;
  if (addresses !== undefined && !allowsHost(addresses, new URL(endpoint))) {
    throw new Problem("UNPROCESSABLE", {
      detail: `${endpoint} is not a public address.`,
      nextActions: ["Start the api with --allow-private-addresses, if this address is meant."],
    });
  }
  const agent = { keepAlive: true, maxSockets, ...(addresses && { lookup: guardedLookup(addresses) }) };
  return new S3Client({
    endpoint,
    region,
    credentials,
    forcePathStyle,
    // Engines of others do not know the checksums that are the default by now.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    maxAttempts: 2,
    logger: quiet,
    requestHandler: {
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
      connectionTimeout: connectTimeoutMs,
      socketTimeout: idleTimeoutMs,
    },
  });
}
