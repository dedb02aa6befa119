import { optionOr, required } from "../../command/options.ts";

/** How every command is told which link of a service is meant. */
export const project = required("-p, --project <project>", "the project: its slug or id");
export const environment = optionOr("-e, --environment <environment>", "of the project", "production", (text) => text);
