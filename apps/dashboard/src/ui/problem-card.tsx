import { TriangleAlert } from "lucide-react";
import { ApiError } from "../api/call.ts";
import { Button } from "./button.tsx";

type ProblemCardProps = { readonly error: unknown; readonly onRetry?: () => void };

/** What did not work, why, and what to do about it. */
export function ProblemCard({ error, onRetry }: ProblemCardProps) {
  const problem =
    error instanceof ApiError ? error.problem : { title: "This page has a mistake.", detail: String(error) };
  const { title = "It did not work.", detail, requestId, nextActions = [], errors = [] } = problem;
  return (
    <div role="alert" className="flex gap-3 rounded-xl border border-danger bg-danger-soft p-4">
      <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-danger" />
      <div className="grid min-w-0 gap-1.5">
        <p className="font-semibold text-danger">{title}</p>
        {detail !== undefined && <p className="break-words">{detail}</p>}
        {errors.length > 0 && (
          <ul className="list-disc pl-5">
            {errors.map(({ pointer, message }) => (
              <li key={`${pointer} ${message}`}>
                {pointer}: {message}
              </li>
            ))}
          </ul>
        )}
        {nextActions.map((action) => (
          <p key={action} className="text-sm text-muted">
            {action}
          </p>
        ))}
        {requestId !== undefined && <p className="font-mono text-xs text-muted">request {requestId}</p>}
        {onRetry !== undefined && (
          <Button className="mt-1 justify-self-start" onClick={onRetry}>
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}
