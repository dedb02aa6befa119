import { type DestinationStream, destination, type Logger, pino } from "pino";
import type { LogLevel } from "../config.ts";
import type { RequestRecord } from "../gateway/request-record.ts";
import { isDamage } from "./metrics.ts";

/**
 * Structured logs, one JSON object a line, on standard error: standard output belongs to what people and scripts wait for.
 *
 * Secrets are kept out by what is logged (a {@link RequestRecord} has none); the paths below are a second fence.
 */
export function createLogger(
  level: LogLevel,
  stream: DestinationStream = destination({ dest: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: [
          "secretAccessKey",
          "*.secretAccessKey",
          "authorization",
          "*.authorization",
          '*["x-amz-security-token"]',
        ],
        censor: "[redacted]",
      },
    },
    stream,
  );
}

/** Requests are logged at `debug`; what the operator has to look at, always. */
export function logRequest(logger: Logger, record: RequestRecord): void {
  if (record.failure === undefined && !logger.isLevelEnabled("debug")) return;
  const { failure, durationMs, ...facts } = record;
  const line = { ...facts, durationMs: Math.round(durationMs * 1000) / 1000 };
  if (failure === undefined) logger.debug(line, "request");
  // The path says which object; a whole status may have been sent before its bytes were read.
  else if (isDamage(failure)) logger.error({ ...line, err: failure }, "stored bytes are damaged");
  else if (record.status >= 500) logger.error({ ...line, err: failure }, "request failed");
  else logger.warn({ ...line, err: failure }, "answer cut short");
}
