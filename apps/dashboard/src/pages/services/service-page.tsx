import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Card } from "../../ui/card.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Loaded } from "../../ui/loaded.tsx";
import { Page } from "../../ui/page.tsx";
import { StatusBadge } from "../../ui/status-badge.tsx";
import { Time } from "../../ui/time.tsx";
import { serviceQuery } from "./services-query.ts";

const route = getRouteApi("/shell/services/$id");

export function ServicePage() {
  const { id } = route.useParams();
  const found = useQuery(serviceQuery(Number(id)));
  const name = found.data?.service.name ?? "Service";
  return (
    <Page
      title={name}
      above={
        <Link to="/services" className="text-sm text-muted hover:underline">
          Services
        </Link>
      }
    >
      <Loaded query={found} lines={8}>
        {({ service, container }) => (
          <Card title="Overview" actions={<StatusBadge status={service.status} />}>
            <dl className="grid gap-x-8 gap-y-4 p-5 sm:grid-cols-2">
              {service.status_reason !== null && <Fact name="Why">{service.status_reason}</Fact>}
              <Fact name="Engine">{service.engine}</Fact>
              <Copied name="Endpoint" text={service.public_endpoint} />
              <Copied name="Endpoint from here" text={service.endpoint} />
              <Copied name="Region" text={service.region} />
              <Copied name="Access key" text={service.access_key} />
              {container !== null && <Copied name="Image" text={container.image} />}
              {container !== null && <Copied name="Container" text={container.container_name} />}
              <Fact name="Created">
                <Time at={service.created_at} />
              </Fact>
            </dl>
          </Card>
        )}
      </Loaded>
    </Page>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="min-h-8 content-center break-words">{children}</dd>
    </div>
  );
}

function Copied({ name, text }: { readonly name: string; readonly text: string | null }) {
  if (text === null) return <Fact name={name}>—</Fact>;
  return (
    <Fact name={name}>
      <span className="flex items-center gap-1">
        <code className="truncate">{text}</code>
        <CopyButton text={text} what={name.toLowerCase()} />
      </span>
    </Fact>
  );
}
