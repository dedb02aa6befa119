import { type AnyCommand, defineCommand, withCode } from "../../command/define-command.ts";
import { argument, oneOf } from "../../command/options.ts";

export const shells = ["bash", "zsh", "fish", "powershell"] as const;

export const completion = defineCommand({
  name: "completion",
  summary: "Prints what makes a shell complete commands, options and names.",
  about: [
    "bash:        add to ~/.bashrc:  source <(stave completion bash)",
    "zsh:         add to ~/.zshrc:   source <(stave completion zsh)",
    "fish:        stave completion fish > ~/.config/fish/completions/stave.fish",
    "powershell:  add to $PROFILE:   stave completion powershell | Out-String | iex",
  ].join("\n"),
  arguments: { shell: { ...argument("bash, zsh, fish or powershell", oneOf(shells)), choices: shells } },
  options: {},
  examples: ["completion bash", "completion fish"],
  operations: [],
});

export const completionCommands: readonly AnyCommand[] = [
  withCode(completion, async () => (await import("./completion.ts")).run),
];
