import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import express, { type Response, type Router } from "express";
import { refuseMethod } from "../http/refuse-method.ts";
import { problemsPage } from "./problems-page.ts";

const swaggerUi = dirname(fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json")));
const files = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"] as const;
const dayMs = 86_400_000;

/** Only what this server has, no inline script, and in no frame. Swagger UI has pictures in its style sheet. */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The API as a page to read and try at `/api/docs`, and what the codes of problems mean at `/api/docs/problems`. For everybody, as the OpenAPI document. */
export function docsPages(): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const send = (response: Response, type: string, text: string) =>
    response
      .set({ "content-security-policy": contentSecurityPolicy, "cache-control": "no-cache" })
      .type(type)
      .send(text);

  router.get("/api/docs", (_request, response) => send(response, "html", page));
  router.get("/api/docs/", (_request, response) => response.redirect(308, "/api/docs"));
  router.get("/api/docs/start.js", (_request, response) => send(response, "js", start));
  router.get("/api/docs/problems", (_request, response) => send(response, "html", problemsPage()));
  for (const file of files) {
    router.get(`/api/docs/${file}`, (_request, response) =>
      response.sendFile(file, { root: swaggerUi, maxAge: dayMs }),
    );
  }
  const names = ["", "/", "/start.js", "/problems", ...files.map((file) => `/${file}`)];
  for (const name of names) router.all(`/api/docs${name}`, refuseMethod(`/api/docs${name}`, ["GET"]));
  return router;
}

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stave API</title>
<link rel="icon" type="image/png" href="/api/docs/favicon-32x32.png">
<link rel="stylesheet" href="/api/docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
`;

/** Without \`validatorUrl\` the page would ask a server of others about the document. */
const start = `SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  validatorUrl: null,
});
`;
