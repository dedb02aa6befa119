import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./call.ts";

/** What is asked again by itself: only when nobody has answered, or with 5xx. Refusals stay refusals. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
        retryDelay: (count) => 500 * 2 ** count,
        networkMode: "always", // the server may be this machine
      },
      mutations: { networkMode: "always" },
    },
  });
}
