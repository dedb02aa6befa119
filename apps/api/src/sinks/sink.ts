import type { LinkRecord, LinkSinkRecord, ProjectRecord, ServiceRecord } from "@stave/control-database";
import type { ApiContext } from "../context.ts";
import type { ResolvedVariables } from "../links/resolve-link.ts";

/** What a sink brings somewhere. */
export type Delivery = ResolvedVariables & {
  readonly link: LinkRecord;
  readonly service: ServiceRecord;
  readonly project: ProjectRecord;
};

export type SinkTask = { readonly context: ApiContext; readonly sink: LinkSinkRecord; readonly signal: AbortSignal };

/** One kind of place. Both throw a {@link SinkError}, or what else went wrong. */
export type Sink = {
  render(task: SinkTask, delivery: Delivery): Promise<void>;
  /** The link goes: what was written for it, and nothing else, goes with it. */
  clean(task: SinkTask, link: LinkRecord): Promise<void>;
};

/** Why variables could not be brought, for a person. Never with a value. */
export class SinkError extends Error {
  override readonly name = "SinkError";
  /** False: trying again changes nothing before somebody has done something. */
  readonly mayRetry: boolean;

  constructor(message: string, { mayRetry, cause }: { readonly mayRetry: boolean; readonly cause?: unknown }) {
    super(message, { cause });
    this.mayRetry = mayRetry;
  }
}
