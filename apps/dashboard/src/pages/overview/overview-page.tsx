import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call } from "../../api/call.ts";
import { sessionQuery } from "../../api/session.ts";
import { Card } from "../../ui/card.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { Time } from "../../ui/time.tsx";
import { servicesQuery } from "../services/services-query.ts";

const shownJobs = 8;
const shownEntries = 8;

export function OverviewPage() {
  const { data: session } = useSuspenseQuery(sessionQuery);
  return (
    <Page title="Overview">
      <div className="grid gap-6 lg:grid-cols-2">
        <Services />
        <Jobs />
        {session?.permissions.includes("audit:read") && <Audit />}
      </div>
    </Page>
  );
}

function Services() {
  const services = useQuery(servicesQuery);
  return (
    <Card title="Services">
      <Loaded query={services}>
        {(found) =>
          found.length === 0 ? (
            <EmptyState title="No services yet" command="stave services create -t s3 -n my-storage">
              A service is S3 storage with keys of its own, for one application or for many.
            </EmptyState>
          ) : (
            <ul className="divide-y divide-line">
              {found.map(({ id, name, status, engine }) => (
                <li key={id} className="flex items-center justify-between gap-3 px-5 py-3">
                  <span className="min-w-0">
                    <Link to="/services/$id" params={{ id: String(id) }} className="font-semibold hover:underline">
                      {name}
                    </Link>
                    <span className="block text-sm text-muted">{engine}</span>
                  </span>
                  <StatusBadge status={status} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

function Jobs() {
  const jobs = useQuery({
    queryKey: ["jobs", "newest"],
    refetchInterval: 5_000,
    queryFn: async ({ signal }) => (await call("get /api/jobs", { query: { limit: shownJobs }, signal })).body.data,
  });
  return (
    <Card title="Work">
      <Loaded query={jobs}>
        {(found) =>
          found.length === 0 ? (
            <EmptyState title="Nothing is being done" command="stave jobs list">
              Whatever takes longer than a moment is a job, with its steps and its log.
            </EmptyState>
          ) : (
            <ul className="divide-y divide-line">
              {found.map(({ id, type, subject, state, createdAt }) => (
                <li key={id} className="flex items-center justify-between gap-3 px-5 py-3">
                  <span className="min-w-0">
                    <span className="block truncate font-medium">{type}</span>
                    <span className="block truncate text-sm text-muted">
                      {subject} · <Time at={createdAt} />
                    </span>
                  </span>
                  <StatusBadge status={state} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

function Audit() {
  const audit = useQuery({
    queryKey: ["audit", "newest"],
    refetchInterval: 15_000,
    queryFn: async ({ signal }) => (await call("get /api/audit", { query: { limit: shownEntries }, signal })).body.data,
  });
  return (
    <Card title="Newest changes" className="lg:col-span-2">
      <Loaded query={audit}>
        {(found) => (
          <ul className="divide-y divide-line">
            {found.map(({ id, at, actor, action, subject }) => (
              <li key={id} className="grid gap-x-6 px-5 py-2.5 sm:grid-cols-[9rem_1fr_1fr]">
                <span className="text-muted">
                  <Time at={at} />
                </span>
                <span className="truncate">
                  <span className="font-medium">{action}</span> {subject}
                </span>
                <span className="truncate text-muted">{actor}</span>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}
