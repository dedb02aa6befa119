// src/commands/jobs/jobs-cancel.ts
var run = async ({ api, arguments: { id }, output }) => {
  const { call } = await api();
  const { body } = await call("post /api/jobs/{id}/cancel", { params: { id } });
  output.note("It was called off.");
  output.result(body.data, () => "");
};

export { run };
//# sourceMappingURL=jobs-cancel-VDMAPZQE.js.map
