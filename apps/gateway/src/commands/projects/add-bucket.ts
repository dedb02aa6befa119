import { controlCommand } from "../control-command.ts";
import { findProject, readBucketName } from "./find-project.ts";

const done = 0;

export const addBucket = controlCommand({
  name: "add-bucket",
  description: "Adds a bucket: keys of the project open it from then on, as far as their account may.",
  addOptions(command) {
    command.argument("<project>", "a name or id").argument("<bucket>", "which need not be there yet");
  },
  async run({ projects }, _options, { args: [named = "", name = ""] }) {
    const bucket = readBucketName(name);
    const project = await findProject(projects, named);
    await projects.addBucket(project.id, bucket);
    const buckets = await projects.bucketsOf(project.id);
    return { report: { ...project, buckets }, text: `${project.name}: ${buckets.join(", ")}\n`, exitCode: done };
  },
});
