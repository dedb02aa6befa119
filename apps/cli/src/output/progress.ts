import { formatBytes } from "./format-values.ts";
import type { Output } from "./output.ts";
import { printable } from "./printable.ts";

const firstMs = 500;
const everyMs = 200;
const barWidth = 24;
const lineWidth = 78;

export type Progress = {
  /** So much more is known to be there. */
  expect(bytes: number, objects: number): void;
  add(bytes: number): void;
  finished(): void;
  /** What is worked on at this moment. */
  current(name: string): void;
  /** All is known now: before, a share of it would go backwards. */
  complete(): void;
  end(): void;
};

/** How far a transfer is, for who watches: after half a second, and in two lines. */
export function createProgress(output: Pick<Output, "status" | "isTerminal">): Progress {
  const startMs = performance.now();
  let [bytes, objects, ofBytes, ofObjects] = [0, 0, 0, 0];
  let isComplete = false;
  let name = "";
  const show = () => {
    const seconds = (performance.now() - startMs) / 1000;
    const rate = bytes / seconds;
    const share = ofBytes === 0 ? 0 : Math.min(1, bytes / ofBytes);
    const left = rate > 0 ? ` ${formatSeconds((ofBytes - bytes) / rate)} left` : "";
    const filled = Math.round(share * barWidth);
    const bar = `[${"#".repeat(filled)}${".".repeat(barWidth - filled)}] ${Math.floor(share * 100)}%`;
    const sum = `${formatBytes(bytes)} of ${formatBytes(ofBytes)}${isComplete ? "" : " so far"}`;
    const count = ofObjects > 1 ? ` ${objects}/${ofObjects}` : "";
    output.status([
      `${isComplete ? `${bar} ` : ""}${sum}${count} ${formatBytes(rate)}/s${isComplete ? left : ""}`,
      `  ${shortened(printable(name))}`,
    ]);
  };
  const first = output.isTerminal ? setTimeout(show, firstMs) : undefined;
  const timer = output.isTerminal
    ? setInterval(() => performance.now() - startMs > firstMs && show(), everyMs)
    : undefined;
  return {
    expect(moreBytes, moreObjects) {
      ofBytes += moreBytes;
      ofObjects += moreObjects;
    },
    add(more) {
      bytes += more;
    },
    finished() {
      objects += 1;
    },
    current(now) {
      name = now;
    },
    complete() {
      isComplete = true;
    },
    end() {
      clearTimeout(first);
      clearInterval(timer);
      output.status([]);
    },
  };
}

export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return "—";
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, "0")}s`;
  return `${Math.floor(whole / 3600)}h${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")}m`;
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= lineWidth ? text : `…${characters.slice(1 - lineWidth).join("")}`;
}
