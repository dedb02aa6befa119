import { type ReactNode, useEffect } from "react";
import { Logo } from "./logo.tsx";

type FrontPageProps = { readonly title: string; readonly children: ReactNode };

/** A page for who has not signed in. */
export function FrontPage({ title, children }: FrontPageProps) {
  useEffect(() => {
    document.title = `${title} · Stave`;
  }, [title]);
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="grid w-full max-w-md gap-6 rounded-2xl border border-line bg-surface p-6 sm:p-8">
        <Logo />
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        {children}
      </div>
    </main>
  );
}
