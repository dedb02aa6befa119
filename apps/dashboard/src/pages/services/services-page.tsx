import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Card } from "../../ui/card.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { Time } from "../../ui/time.tsx";
import { servicesQuery } from "./services-query.ts";

export function ServicesPage() {
  const services = useQuery(servicesQuery);
  return (
    <Page title="Services">
      <Card>
        <Loaded query={services} lines={6}>
          {(found) =>
            found.length === 0 ? (
              <EmptyState title="No services yet" command="stave services create -t s3 -n my-storage">
                A service is S3 storage with keys of its own: built into Stave, an engine in a container, or an endpoint
                elsewhere.
              </EmptyState>
            ) : (
              <ul className="divide-y divide-line">
                {found.map(({ id, name, engine, status, status_reason, public_endpoint, created_at }) => (
                  <li
                    key={id}
                    className="grid items-center gap-x-6 gap-y-1 px-5 py-3.5 sm:grid-cols-[1fr_8rem_1fr_auto]"
                  >
                    <div className="min-w-0">
                      <Link
                        to="/services/$id"
                        params={{ id: String(id) }}
                        className="font-semibold break-words hover:underline"
                      >
                        {name}
                      </Link>
                      <p className="text-sm text-muted">
                        {engine} · <Time at={created_at} />
                      </p>
                    </div>
                    <div title={status_reason ?? undefined}>
                      <StatusBadge status={status} />
                    </div>
                    <div className="flex min-w-0 items-center gap-1">
                      <code className="truncate text-sm">{public_endpoint ?? "—"}</code>
                      {public_endpoint !== null && <CopyButton text={public_endpoint} what={`endpoint of ${name}`} />}
                    </div>
                    {status_reason !== null && <p className="text-sm text-muted sm:col-span-4">{status_reason}</p>}
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
    </Page>
  );
}
