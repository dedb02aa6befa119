import { type ComponentProps, type ReactNode, useId } from "react";
import { classNames } from "./class-names.ts";

type FieldProps = {
  readonly label: string;
  /** What it is for, below the label. */
  readonly hint?: ReactNode;
  /** What is wrong with what was entered. */
  readonly error?: string | undefined;
};

/** A text that somebody enters, with its label, hint and error tied to it. */
export function TextField({ label, hint, error, className, ...input }: FieldProps & ComponentProps<"input">) {
  const id = useId();
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className={classNames("grid gap-1.5", className)}>
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </p>
      )}
      <input
        {...input}
        id={id}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={describedBy || undefined}
        className={classNames(
          "min-h-10 w-full rounded-lg border bg-surface px-3 py-2 text-text placeholder:text-muted",
          error === undefined ? "border-control" : "border-danger",
        )}
      />
      {error !== undefined && (
        <p id={`${id}-error`} className="text-sm text-danger">
          {error}
        </p>
      )}
    </div>
  );
}
