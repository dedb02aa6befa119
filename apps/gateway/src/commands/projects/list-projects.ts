import type { ProjectRecord } from "@stave/control-database";
import { controlCommand } from "../control-command.ts";
import { renderColumns } from "../render-columns.ts";

const done = 0;
const pageSize = 1000;

export const listProjects = controlCommand({
  name: "list",
  description: "Lists all projects with their buckets.",
  async run({ projects }) {
    const report: (ProjectRecord & { readonly buckets: readonly string[] })[] = [];
    for (let after: string | undefined; ; ) {
      const page = await projects.list({ after, limit: pageSize });
      for (const project of page) report.push({ ...project, buckets: await projects.bucketsOf(project.id) });
      after = page.at(-1)?.name;
      if (page.length < pageSize) break;
    }
    const rows = report.map(({ name, id, accountId, buckets }) => [name, id, accountId, buckets.join(", ")]);
    return {
      report: { projects: report },
      text: renderColumns(["NAME", "ID", "ACCOUNT", "BUCKETS"], rows),
      exitCode: done,
    };
  },
});
