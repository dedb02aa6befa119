// RateLimit and RateLimit-Policy: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-08
import type { LimitName } from "@stave/api-contract";
import type { RequestHandler } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import { Problem } from "./problem.ts";

export type RateLimits = Readonly<Record<LimitName, RequestHandler>>;

const minuteMs = 60_000;

/** One counter for each kind of limit and each address (IPv6: each /56), in this process. */
export function createRateLimits({ perMinute }: { readonly perMinute: number }): RateLimits {
  return {
    default: limit("default", { limit: perMinute, windowMs: minuteMs }),
    // Who knows the password may sign in as often as they like.
    login: limit("login", { limit: 10, windowMs: 15 * minuteMs, skipSuccessfulRequests: true }),
    "key-admin": limit("key-admin", { limit: 20, windowMs: 15 * minuteMs }),
  };
}

function limit(
  name: LimitName,
  options: { readonly limit: number; readonly windowMs: number; readonly skipSuccessfulRequests?: boolean },
): RequestHandler {
  return rateLimit({
    ...options,
    identifier: name,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    keyGenerator: ({ ip = "" }) => ipKeyGenerator(ip),
    validate: false, // its checks guess about proxies; `--trusted-proxies` says which there are
    handler: (_request, _response, next) => {
      const minutes = options.windowMs / minuteMs;
      next(
        new Problem("TOO_MANY_REQUESTS", {
          detail: `At most ${options.limit} such requests per address in ${minutes} min. Retry-After says when to go on.`,
        }),
      );
    },
  });
}
