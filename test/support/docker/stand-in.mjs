// Stands in for an S3 server whose image cannot be had here: takes its variables, answers its health path and its console, and leaves S3 to
// the gateway. Plain JavaScript, as it runs in an image.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request } from "node:http";

const engines = {
  rustfs: {
    accessKey: "RUSTFS_ACCESS_KEY",
    secretKey: "RUSTFS_SECRET_KEY",
    health: ["/health", "/health/live", "/health/ready"],
    console: "/rustfs/console/",
  },
  minio: {
    accessKey: "MINIO_ROOT_USER",
    secretKey: "MINIO_ROOT_PASSWORD",
    health: ["/minio/health/live", "/minio/health/ready", "/minio/health/cluster"],
    console: "/",
  },
};
const { STAND_IN: name, STAND_IN_FAULT: fault, ...env } = process.env;
const engine = engines[name];
const gatewayPort = 7480;

console.log(`A stand-in for ${name}: Stave's gateway under its name`);
if (fault === "exits") fail("STAND_IN_FAULT: this image cannot start");
const [accessKey, secretKey] = [env[engine.accessKey], env[engine.secretKey]];
if (!accessKey || !secretKey) fail(`${engine.accessKey} and ${engine.secretKey} are needed`);

const settings = ["--data-dir", "/data", "--port", String(gatewayPort), "--admin-port", "0", "--workers", "1"];
const gateway = spawn(process.execPath, ["/app/apps/gateway/dist/main.js", ...settings], {
  env: { ...env, STAVE_HOST: "", STAVE_ROOT_ACCESS_KEY: accessKey, STAVE_ROOT_SECRET_KEY: secretKey },
  stdio: ["ignore", "pipe", "inherit"],
});
let isReady = false;
gateway.stdout.on("data", (chunk) => {
  process.stdout.write(chunk);
  isReady ||= String(chunk).includes("ready http");
});
process.on("SIGTERM", () => gateway.kill("SIGTERM"));
const server = createServer(answer).on("checkContinue", answer);
server.requestTimeout = 0;
server.listen(9000);
createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end(consolePage())).listen(9001);
const [code] = await once(gateway, "exit");
process.exit(code ?? 1);

function answer(message, response) {
  const path = message.url.split("?")[0];
  const isWell = isReady && fault !== "never-ready";
  if (engine.health.includes(path)) response.writeHead(isWell ? 200 : 503).end();
  else if (fault === "refuses-writes" && !["GET", "HEAD"].includes(message.method)) {
    const xml = "<Error><Code>ServiceUnavailable</Code><Message>STAND_IN_FAULT: nothing is written</Message></Error>";
    response.writeHead(503, { "content-type": "application/xml", connection: "close" }).end(xml);
  } else pass(message, response);
}

/** As it came, the host that was signed included. */
function pass(message, response) {
  const { method, url: path, rawHeaders } = message;
  const passed = request({ host: "127.0.0.1", port: gatewayPort, method, path, headers: rawHeaders, agent: false });
  passed.on("response", (answered) => {
    response.writeHead(answered.statusCode, answered.rawHeaders);
    answered.pipe(response);
  });
  passed.on("error", () => response.destroy());
  response.on("close", () => passed.destroy());
  if (message.headers.expect === undefined) message.pipe(passed);
  else {
    passed.on("continue", () => {
      response.writeContinue();
      message.pipe(passed);
    });
  }
}

function consolePage() {
  return `<!doctype html><title>${name}</title><p>A stand-in for the console of ${name}, which is at ${engine.console}`;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
