// The program of the containers of these tests: like an S3 server it has a health path and keeps something in its volume.
import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:http";

const fault = process.env.FAULT;
const kept = [];
console.log(`started as ${process.env.ACCESS_KEY}`);
if (fault === "exits") {
  console.error("this version cannot start");
  process.exit(3);
}

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://server");
  const actions = {
    "/health": () => response.writeHead(fault === "never-ready" ? 503 : 200).end(),
    "/version": () => response.end(process.env.VERSION),
    "/key": () => response.end(process.env.ACCESS_KEY),
    "/add": () => {
      appendFileSync("/data/notes", `${searchParams.get("text")}\n`);
      response.end();
    },
    "/notes": () => response.end(readFileSync("/data/notes")),
    "/print": () => {
      console.log(searchParams.get("out"));
      console.error(searchParams.get("err"));
      response.end();
    },
    "/allocate": () => {
      for (let mib = Number(searchParams.get("mib")); mib > 0; mib -= 1) kept.push(Buffer.alloc(1_048_576, 1));
      response.end();
    },
    "/spin": () => {
      const end = Date.now() + 500;
      while (Date.now() < end);
      response.end();
    },
    "/exit": () => process.exit(Number(searchParams.get("code"))),
  };
  (actions[pathname] ?? (() => response.writeHead(404).end()))();
}).listen(9000);
process.on("SIGTERM", () => process.exit(0));
