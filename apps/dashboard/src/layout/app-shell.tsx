import { useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { LayoutDashboard, LogOut, type LucideIcon, Menu, Moon, Server, Sun } from "lucide-react";
import { useState } from "react";
import { call } from "../api/call.ts";
import { sessionQuery } from "../api/session.ts";
import { useTheme } from "../theme/use-theme.ts";
import { classNames } from "../ui/class-names.ts";
import { Logo } from "./logo.tsx";

type Place = { readonly to: "/" | "/services"; readonly label: string; readonly icon: LucideIcon };

const places: readonly Place[] = [
  { to: "/", label: "Overview", icon: LayoutDashboard },
  { to: "/services", label: "Services", icon: Server },
];

/** What is around every page of who has signed in. */
export function AppShell() {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[15rem_1fr]">
      <a
        href="#main"
        className="sr-only z-50 rounded-lg bg-accent px-4 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <header className="flex h-14 items-center justify-between border-b border-line bg-surface px-4 md:hidden">
        <Logo />
        <button
          type="button"
          aria-expanded={isOpen}
          aria-controls="places"
          aria-label="Menu"
          onClick={() => setIsOpen(!isOpen)}
          className="inline-flex size-10 items-center justify-center rounded-lg hover:bg-sunken"
        >
          <Menu aria-hidden className="size-5" />
        </button>
      </header>
      <div
        id="places"
        className={classNames(
          "border-line bg-surface md:sticky md:top-0 md:flex md:h-dvh md:flex-col md:border-r",
          isOpen ? "flex flex-col border-b" : "hidden",
        )}
      >
        <div className="hidden h-16 items-center px-5 md:flex">
          <Logo />
        </div>
        <nav aria-label="Main" className="grid gap-1 p-3">
          {places.map(({ to, label, icon: Icon }) => (
            <Link
              key={to}
              to={to}
              onClick={() => setIsOpen(false)}
              activeOptions={{ exact: to === "/" }}
              className="flex min-h-10 items-center gap-3 rounded-lg px-3 text-muted hover:bg-sunken hover:text-text aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-accent"
            >
              <Icon aria-hidden className="size-5" />
              {label}
            </Link>
          ))}
        </nav>
        <div className="mt-auto border-t border-line p-3">
          <Person />
        </div>
      </div>
      <main id="main" tabIndex={-1} className="min-w-0 outline-none">
        <Outlet />
      </main>
    </div>
  );
}

function Person() {
  const { data: session } = useSuspenseQuery(sessionQuery);
  const [theme, setTheme] = useTheme();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const signOut = async (): Promise<void> => {
    await call("delete /api/session");
    queries.clear();
    await navigate({ to: "/sign-in", search: { from: "/" } });
  };
  const Other = theme === "dark" ? Sun : Moon;
  const icon =
    "inline-flex size-9 shrink-0 items-center justify-center rounded-lg text-muted hover:bg-sunken hover:text-text";
  return (
    <div className="flex items-center gap-1">
      <div className="min-w-0 flex-1 px-2">
        <p className="truncate font-medium">{session?.user?.name ?? "Token"}</p>
        <p className="truncate text-sm text-muted">{session?.user?.role ?? "signed in with a token"}</p>
      </div>
      <button
        type="button"
        aria-label={theme === "dark" ? "Light look" : "Dark look"}
        title={theme === "dark" ? "Light look" : "Dark look"}
        onClick={() => setTheme(theme === "dark" ? "light" : "dark")}
        className={icon}
      >
        <Other aria-hidden className="size-5" />
      </button>
      <button type="button" aria-label="Sign out" title="Sign out" onClick={() => void signOut()} className={icon}>
        <LogOut aria-hidden className="size-5" />
      </button>
    </div>
  );
}
