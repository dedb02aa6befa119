import type { CommandGroup } from "../command.ts";
import { addBucket } from "./add-bucket.ts";
import { createProject } from "./create-project.ts";
import { listProjects } from "./list-projects.ts";
import { removeBucket } from "./remove-bucket.ts";
import { removeProject } from "./remove-project.ts";

export const projectsCommands: CommandGroup = {
  name: "projects",
  description:
    "Projects: buckets of an account that belong together, for keys that open just them. Also while a server runs.",
  commands: [listProjects, createProject, addBucket, removeBucket, removeProject],
};
