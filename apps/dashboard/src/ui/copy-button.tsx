import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";

const shownMs = 2_000;

type CopyButtonProps = {
  /** Exactly what is copied. */
  readonly text: string;
  /** What it is: "endpoint". */
  readonly what: string;
};

/** Copies a text, and says so where it is and to screen readers. */
export function CopyButton({ text, what }: CopyButtonProps) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (said === "") return;
    const timer = setTimeout(() => setSaid(""), shownMs);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async (): Promise<void> => {
    setSaid((await copyText(text)) ? "Copied" : "Could not be copied: select it by hand");
  };
  const Icon = said === "Copied" ? Check : Copy;
  return (
    <button
      type="button"
      onClick={() => void copy()}
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
      className="inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted hover:bg-sunken hover:text-text"
    >
      <Icon aria-hidden className="size-4" />
      <span role="status" className="sr-only">
        {said}
      </span>
    </button>
  );
}

/** Pages that came over plain HTTP have no clipboard of their own, but can copy what is selected. */
async function copyText(text: string): Promise<boolean> {
  try {
    if (globalThis.isSecureContext) {
      await navigator.clipboard.writeText(text);
      return true;
    }
    const area = document.createElement("textarea");
    area.value = text;
    area.setAttribute("readonly", "");
    area.className = "sr-only";
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand("copy");
    area.remove();
    return isCopied;
  } catch {
    return false; // it is said beside the button
  }
}
