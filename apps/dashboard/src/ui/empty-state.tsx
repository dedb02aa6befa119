import type { ReactNode } from "react";
import { CommandLine } from "./command-line.tsx";

type EmptyStateProps = {
  readonly title: string;
  /** What such a thing is for, in one sentence. */
  readonly children: ReactNode;
  readonly action?: ReactNode;
  /** The command that does the same. */
  readonly command?: string;
};

export function EmptyState({ title, children, action, command }: EmptyStateProps) {
  return (
    <div className="grid justify-items-center gap-3 px-6 py-12 text-center">
      <p className="text-lg font-semibold">{title}</p>
      <p className="max-w-prose text-muted">{children}</p>
      {action}
      {command !== undefined && <CommandLine command={command} />}
    </div>
  );
}
