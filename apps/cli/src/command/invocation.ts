import type { ApiClient } from "../api/api-client.ts";
import type { Output } from "../output/output.ts";
import type { Settings } from "../settings/read-settings.ts";
import type { Prompts } from "./prompts.ts";

/** What every command may be told. */
export type Globals = {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly isDebug: boolean;
  /** Questions are answered with yes. */
  readonly isYes: boolean;
};

/** One call of a command. */
export type Invocation<Arguments, Options> = {
  readonly arguments: Arguments;
  readonly options: Options;
  readonly globals: Globals;
  readonly output: Output;
  readonly prompts: Prompts;
  readonly settings: Settings;
  readonly environment: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadStream;
  /** The Stave that the settings name. Throws `Usage` when they name none. */
  readonly api: () => Promise<ApiClient>;
  readonly now: () => Date;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
};
