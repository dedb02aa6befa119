import { controlCommand } from "../control-command.ts";
import { findProject } from "./find-project.ts";

const done = 0;

export const removeProject = controlCommand({
  name: "remove",
  description: "Removes a project. Its keys open nothing any more; its buckets stay as they are.",
  addOptions(command) {
    command.argument("<project>", "a name or id");
  },
  async run({ projects }, _options, { args: [named = ""] }) {
    const project = await findProject(projects, named);
    await projects.remove(project.id);
    return { report: project, text: `${project.name} is removed.\n`, exitCode: done };
  },
});
