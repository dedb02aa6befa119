import type { ComponentProps } from "react";
import { classNames } from "./class-names.ts";

const looks = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong border-transparent",
  plain: "bg-surface text-text border-line hover:bg-sunken",
  quiet: "bg-transparent text-muted border-transparent hover:bg-sunken hover:text-text",
  danger: "bg-surface text-danger border-danger hover:bg-danger-soft",
} as const;

type ButtonProps = ComponentProps<"button"> & {
  readonly look?: keyof typeof looks;
  /** It works on it: pressing again does nothing. */
  readonly isBusy?: boolean;
};

export function Button({ look = "plain", isBusy = false, className, children, onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={isBusy || undefined}
      onClick={isBusy ? (event) => event.preventDefault() : onClick}
      className={classNames(buttonClasses(look), isBusy && "cursor-progress opacity-70", className)}
    >
      {children}
    </button>
  );
}

/** For links that look like buttons. */
export function buttonClasses(look: keyof typeof looks = "plain"): string {
  return classNames(
    "inline-flex min-h-9 items-center justify-center gap-2 rounded-lg border px-3.5 py-1.5 font-medium whitespace-nowrap transition-colors",
    "disabled:cursor-not-allowed disabled:opacity-50",
    looks[look],
  );
}
