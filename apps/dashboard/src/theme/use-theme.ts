import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";

const storageKey = "stave-theme"; // public/theme.js reads it before anything is shown
const listeners = new Set<() => void>();

/** The look of the page, and how it is changed. What was chosen is kept in this browser. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore(subscribe, readTheme);
  return [theme, setTheme];
}

function readTheme(): Theme {
  return document.documentElement.classList.contains("dark") ? "dark" : "light";
}

function setTheme(theme: Theme): void {
  localStorage.setItem(storageKey, theme);
  document.documentElement.classList.toggle("dark", theme === "dark");
  for (const tell of listeners) tell();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
