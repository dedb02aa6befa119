// Before anything is shown, so that nothing flashes: the look that was chosen here, or that of the system.
{
  const chosen = localStorage.getItem("stave-theme");
  const isDark = chosen === null ? matchMedia("(prefers-color-scheme: dark)").matches : chosen === "dark";
  document.documentElement.classList.toggle("dark", isDark);
}
