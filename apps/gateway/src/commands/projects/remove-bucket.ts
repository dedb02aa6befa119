import { UsageError } from "../../process/usage-error.ts";
import { controlCommand } from "../control-command.ts";
import { findProject } from "./find-project.ts";

const done = 0;

export const removeBucket = controlCommand({
  name: "remove-bucket",
  description: "Takes a bucket out of a project: its keys do not open it any more. The bucket itself stays as it is.",
  addOptions(command) {
    command.argument("<project>", "a name or id").argument("<bucket>", "one of the project");
  },
  async run({ projects }, _options, { args: [named = "", bucket = ""] }) {
    const project = await findProject(projects, named);
    const before = await projects.bucketsOf(project.id);
    if (!before.includes(bucket)) throw new UsageError(`The project has no bucket ${JSON.stringify(bucket)}.`);
    await projects.removeBucket(project.id, bucket);
    const buckets = await projects.bucketsOf(project.id);
    const rest = buckets.length === 0 ? "no buckets" : buckets.join(", ");
    return { report: { ...project, buckets }, text: `${project.name}: ${rest}\n`, exitCode: done };
  },
});
