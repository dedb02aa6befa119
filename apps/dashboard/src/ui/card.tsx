import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";

type CardProps = {
  readonly title?: string;
  /** On the right of the title. */
  readonly actions?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
};

export function Card({ title, actions, className, children }: CardProps) {
  return (
    <section className={classNames("rounded-xl border border-line bg-surface", className)}>
      {title !== undefined && (
        <header className="flex min-h-13 flex-wrap items-center justify-between gap-2 border-b border-line px-5 py-2.5">
          <h2 className="font-semibold">{title}</h2>
          {actions}
        </header>
      )}
      {children}
    </section>
  );
}
