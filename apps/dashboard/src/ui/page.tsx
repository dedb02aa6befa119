import { type ReactNode, useEffect } from "react";

type PageProps = {
  readonly title: string;
  readonly actions?: ReactNode;
  /** Above the title: where this is. */
  readonly above?: ReactNode;
  readonly children: ReactNode;
};

export function Page({ title, actions, above, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Stave`;
  }, [title]);
  return (
    <div className="mx-auto grid w-full max-w-6xl gap-6 px-4 py-6 sm:px-8 sm:py-8">
      <div className="flex flex-wrap items-end justify-between gap-3">
        <div className="grid min-w-0 gap-1">
          {above}
          <h1 className="text-2xl font-semibold tracking-tight break-words">{title}</h1>
        </div>
        {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
