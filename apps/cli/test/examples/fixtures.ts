import { backupFixtures } from "./backups.ts";
import { bucketFixtures } from "./buckets.ts";
import { containerFixtures } from "./containers.ts";
import { contextFixtures } from "./contexts.ts";
import type { Fixture } from "./fixture.ts";
import { keyFixtures } from "./keys.ts";
import { linkFixtures } from "./links.ts";
import { migrationFixtures } from "./migrations.ts";
import { monitoringFixtures } from "./monitoring.ts";
import { noticeFixtures } from "./notices.ts";
import { objectFixtures } from "./objects.ts";
import { peopleFixtures } from "./people.ts";
import { projectFixtures } from "./projects.ts";
import { serveFixtures } from "./serve.ts";
import { serviceFixtures } from "./services.ts";

/** One line for each family of commands. */
export const fixtures: readonly Fixture[] = [
  ...backupFixtures,
  ...bucketFixtures,
  ...containerFixtures,
  ...contextFixtures,
  ...keyFixtures,
  ...linkFixtures,
  ...migrationFixtures,
  ...monitoringFixtures,
  ...noticeFixtures,
  ...objectFixtures,
  ...peopleFixtures,
  ...projectFixtures,
  ...serveFixtures,
  ...serviceFixtures,
];
