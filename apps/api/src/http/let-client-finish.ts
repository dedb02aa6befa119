import type { Request } from "express";

const patienceMs = 5_000;

/**
 * For an answer that comes before the whole body: many clients, `fetch` among them, read it only when they have sent all of theirs, and fail
 * when the connection is closed before. What still comes is read for a while and thrown away; then the connection is closed.
 */
export function letClientFinish(message: Request): void {
  if (message.complete) return;
  const { socket } = message;
  const timer = setTimeout(() => {
    if (!message.complete) socket.destroy();
  }, patienceMs);
  const stop = () => clearTimeout(timer);
  message.on("error", stop).once("end", stop).once("close", stop);
  message.resume();
}
