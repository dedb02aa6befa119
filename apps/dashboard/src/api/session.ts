import { queryOptions } from "@tanstack/react-query";
import { ApiError, call } from "./call.ts";

/** Who looks at the page. Null: nobody has signed in. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  staleTime: 60_000,
  async queryFn({ signal }) {
    try {
      return (await call("get /api/session", { signal })).body.data;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
});

/** Whether there is an admin, and which version this is. */
export const statusQuery = queryOptions({
  queryKey: ["status"],
  staleTime: 60_000,
  queryFn: async ({ signal }) => (await call("get /api/status", { signal })).body.data,
});
