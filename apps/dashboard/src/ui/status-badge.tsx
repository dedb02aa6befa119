import { classNames } from "./class-names.ts";

const tones = {
  good: "bg-good-soft text-good",
  warning: "bg-warning-soft text-warning",
  danger: "bg-danger-soft text-danger",
  calm: "bg-sunken text-muted",
  busy: "bg-accent-soft text-accent",
} as const;

/** Which look a word has. Its meaning never hangs on the colour. */
const toneOf: Readonly<Record<string, keyof typeof tones>> = {
  running: "good",
  operational: "good",
  completed: "good",
  succeeded: "good",
  failed: "danger",
  down: "danger",
  degraded: "warning",
  stopped: "calm",
};

export function StatusBadge({ status }: { readonly status: string }) {
  return (
    <span
      className={classNames(
        "inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-sm font-medium",
        tones[toneOf[status] ?? "busy"],
      )}
    >
      <span aria-hidden className="size-1.5 rounded-full bg-current" />
      {status}
    </span>
  );
}
