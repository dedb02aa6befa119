import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { ProblemCard } from "./problem-card.tsx";
import { Skeleton } from "./skeleton.tsx";

const patienceMs = 150;

type LoadedProps<Data> = {
  readonly query: UseQueryResult<Data>;
  /** As high as what is coming, so that nothing jumps. */
  readonly lines?: number;
  readonly children: (data: Data) => ReactNode;
};

/** What a query has found: being loaded, refused, or there. What was there before stays when it cannot be read anew, and says so. */
export function Loaded<Data>({ query, lines = 4, children }: LoadedProps<Data>) {
  const { data, error, refetch } = query;
  if (data !== undefined) {
    return (
      <>
        {error !== null && (
          <div className="mb-4">
            <ProblemCard error={error} onRetry={() => void refetch()} />
          </div>
        )}
        {children(data)}
      </>
    );
  }
  if (error !== null) return <ProblemCard error={error} onRetry={() => void refetch()} />;
  return <Waiting lines={lines} />;
}

function Waiting({ lines }: { readonly lines: number }) {
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(true), patienceMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div aria-busy="true" className={isLong ? undefined : "invisible"}>
      <span className="sr-only">Loading</span>
      <Skeleton lines={lines} />
    </div>
  );
}
