import { formatTime } from "./chunk-OOB3SXYM.js";
import { formatTable } from "./chunk-ULDKW3OL.js";
import "./chunk-XTRZEKZ5.js";

// src/commands/services/services-list.ts
var pageSize = 1e3;
var run = async ({ api, output, now }) => {
  const rows = await listServices(await api());
  const time = { now: now(), isAbsolute: output.isAbsolute };
  output.list(rows, {
    empty: "There are no services. Make one with: stave services create -t s3 -n my-storage",
    render: () =>
      formatTable(rows, [
        { title: "ID", of: ({ id }) => id, isRight: true },
        { title: "NAME", of: ({ name }) => name },
        { title: "TYPE", of: ({ service_type }) => service_type },
        { title: "ENGINE", of: ({ engine }) => engine },
        { title: "STATUS", of: ({ status }) => status },
        { title: "ENDPOINT", of: ({ public_endpoint }) => public_endpoint },
        { title: "CREATED", of: ({ created_at }) => formatTime(created_at, time) },
      ]),
  });
};
async function listServices({ call }) {
  const found = [];
  for (let page = 1; ; page += 1) {
    const { body } = await call("get /api/external-services", { query: { page, page_size: pageSize } });
    found.push(...body);
    if (body.length < pageSize) return found;
  }
}

export { run };
//# sourceMappingURL=services-list-2SNJZTL5.js.map
