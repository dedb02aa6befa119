import { problemCodes, statusOfProblem } from "@stave/api-contract";
import { problemAnchor, titles } from "../http/problem.ts";

/** Where the `type` of a problem leads. */
export function problemsPage(): string {
  const rows = problemCodes.map(
    (code) =>
      `<tr id="${problemAnchor(code)}"><td><code>${code}</code></td><td>${statusOfProblem[code]}</td><td>${titles[code]}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Problems of the Stave API</title>
</head>
<body>
<h1>Problems</h1>
<p>Errors are documents as <a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a> has them. Programs decide by <code>code</code>, which
never changes its meaning; <code>detail</code>, <code>errors</code> and <code>nextActions</code> are for people.</p>
<table>
<thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>
<p><a href="/api/docs">All operations</a></p>
</body>
</html>
`;
}
