import { HarnessError } from "./harness-error.ts";

/**
 * The main function of a harness: reads its arguments, prints the help or runs, and says with which code the process should
 * end. Signals abort the run, which cleans up.
 */
export async function runMain<Options extends object>(
  args: readonly string[],
  {
    readOptions,
    run,
  }: {
    readonly readOptions: (args: readonly string[]) => Options | { readonly help: string };
    readonly run: (options: Options, signal: AbortSignal) => Promise<number>;
  },
): Promise<number> {
  const interruption = new AbortController();
  const signalCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  let signalCode = 0;
  for (const [name, code] of Object.entries(signalCodes)) {
    process.on(name, () => {
      if (signalCode === 0) console.error("Interrupted: cleaning up.");
      signalCode ||= code;
      interruption.abort();
    });
  }
  try {
    const options = readOptions(args);
    if ("help" in options) {
      process.stdout.write(options.help);
      return 0;
    }
    return await run(options, interruption.signal);
  } catch (error) {
    if (signalCode !== 0) return signalCode;
    if (!(error instanceof HarnessError)) throw error;
    console.error(error.message);
    return 2;
  }
}
