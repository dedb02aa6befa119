import type { Invocation } from "./invocation.ts";
import type { Argument, Option } from "./options.ts";

type Arguments = Readonly<Record<string, Argument<unknown>>>;
type Options = Readonly<Record<string, Option<unknown>>>;

/** A command as help, completion and the reference know it. */
export type CommandDefinition<A extends Arguments = Arguments, O extends Options = Options> = {
  /** `services create` */
  readonly name: string;
  /** Other last words for it: `ls` of `services list`. */
  readonly aliases?: readonly string[];
  /** One sentence. */
  readonly summary: string;
  /** Whatever people must know before they use it, below the summary. */
  readonly about?: string;
  /** In their order. */
  readonly arguments: A;
  readonly options: O;
  /** Lines that work as they are, without `stave`. */
  readonly examples: readonly string[];
  /** What one does next, likewise. */
  readonly next?: readonly string[];
  /** What follows it is for another program, which reads it: nothing of that is an option of ours. It has the one argument `given`. */
  readonly isUntouched?: boolean;
  /** Takes something away for good. */
  readonly isDestructive?: boolean;
  /** The operations of the API that it uses, by id. */
  readonly operations: readonly string[];
};

/** The code of a command. */
export type RunOf<Definition extends CommandDefinition> = (
  invocation: Invocation<ValuesOf<Definition["arguments"]>, ValuesOf<Definition["options"]>>,
) => Promise<void>;

/** Any command with its code, for who only lists and calls them. */
export type AnyCommand = CommandDefinition & {
  // biome-ignore lint/suspicious/noExplicitAny: what each takes is its own, and the parser has read it as the definition says
  readonly load: () => Promise<(invocation: Invocation<any, any>) => Promise<void>>;
};

export type ValuesOf<Definitions> = {
  readonly [Name in keyof Definitions]: Definitions[Name] extends { readonly read: (raw: never) => infer Value }
    ? Value
    : never;
};

/** Several commands with the same first words. */
export type CommandGroup = {
  /** `services`, or `services limits` after it. */
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
};

export function defineCommand<const A extends Arguments, const O extends Options>(
  definition: CommandDefinition<A, O>,
): CommandDefinition<A, O> {
  return definition;
}

/** The code is loaded when the command is called: `--help` must not wait for it. */
export function withCode<const Definition extends CommandDefinition>(
  definition: Definition,
  load: () => Promise<RunOf<NoInfer<Definition>>>,
): AnyCommand {
  return { ...definition, load };
}
