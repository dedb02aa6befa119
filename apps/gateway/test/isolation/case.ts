import type { S3Answer, S3Client, S3Request } from "../support/s3-client.ts";
import type { TestAccount } from "../support/start-gateway.ts";
import type { AccessClass } from "./expected.ts";
import type { Place, Target } from "./places.ts";

/** A request of an operation that the owner of the buckets succeeds with, wherever it is aimed. */
export type Case = {
  /** What is special about it. */
  readonly variant?: string;
  readonly class: AccessClass;
  readonly places: readonly Place[];
  readonly request: (at: Target) => S3Request;
  /** For what is not a request signed by header. `null`: nobody signs. */
  readonly send?: (s3: S3Client, at: Target, account: TestAccount | null) => Promise<S3Answer>;
  /** @default "plain": without versioning */
  readonly buckets?: "plain" | "versioned" | "locked";
  /** Without objects. @default false */
  readonly isEmpty?: boolean;
  /** @default false */
  readonly hasUploads?: boolean;
  /** What the owner does first, at each place. */
  readonly before?: readonly ((at: Target) => S3Request)[];
  /** The answer to who is let in, where it is an error: there is no such thing. */
  readonly missing?: string;
  /** Keys are refused one by one, in an answer that is no error. */
  readonly refusesKeys?: boolean;
};
