import { CopyButton } from "./copy-button.tsx";

/** A command of the command line, to be copied. */
export function CommandLine({ command }: { readonly command: string }) {
  return (
    <div className="flex max-w-full items-center gap-1 rounded-lg border border-line bg-sunken py-0.5 pr-0.5 pl-3">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard */}
      <code tabIndex={0} className="overflow-x-auto py-1 text-sm whitespace-pre">
        {command}
      </code>
      <CopyButton text={command} what="command" />
    </div>
  );
}
