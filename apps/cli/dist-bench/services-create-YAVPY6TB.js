import { CliError } from "./chunk-B3FYOJ65.js";
import { waitForJob } from "./chunk-YV5R24CX.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/services/services-create.ts
var run = async (invocation) => {
  const { api, options, prompts, output } = invocation;
  const { type: service_type, engine, set, ifNotExists, noWait } = options;
  const name = options.name ?? (await askName(prompts));
  const client = await api();
  const parameters = { ...Object.fromEntries(set.map(typed)), ...(engine !== void 0 && { engine }) };
  try {
    const body = { name, service_type, parameters };
    const answer = await client.call("post /api/external-services", { body });
    const location = answer.headers.location ?? "";
    const jobId = answer.status === 202 ? location.replace("/api/jobs/", "") : void 0;
    if (jobId !== void 0 && !noWait) await waitForJob(invocation, client, jobId);
    const { id } = answer.body;
    const service =
      jobId === void 0 || noWait
        ? answer.body
        : (await client.call("get /api/external-services/{id}", { params: { id } })).body.service;
    output.note(
      service.status === "running"
        ? `Created the service ${name}. Its id:`
        : `The service ${name} is ${service.status}; job ${jobId}. Its id:`,
    );
    output.result(
      { ...service, ...(jobId !== void 0 && { job: jobId }) },
      () => `${service.id}
`,
    );
  } catch (error) {
    if (!ifNotExists || !(error instanceof CliError) || error.code !== "Conflict") throw error;
    const slug = name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "");
    const { body } = await client.call("get /api/external-services/by-slug/{slug}", { params: { slug } });
    output.note(`The service ${name} is there already. Its id:`);
    output.result(
      body.service,
      () => `${body.service.id}
`,
    );
  }
};
async function askName(prompts) {
  if (prompts.canAsk) return await prompts.text("What is it called?", { flag: "--name" });
  throw new CliError("Usage", "The required parameter --name is missing.", {
    next: ["stave services create -t s3 -n NAME -y"],
  });
}
function typed([key, text]) {
  if (/^(?:0|[1-9]\d{0,15})$/.test(text)) return [key, Number(text)];
  if (text === "true" || text === "false") return [key, text === "true"];
  return [key, listed.has(key) ? text.split(",") : text];
}
var listed = /* @__PURE__ */ new Set(["buckets"]);

export { run };
//# sourceMappingURL=services-create-YAVPY6TB.js.map
