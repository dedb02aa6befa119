import { createServer } from "node:http";
import { createSigningKeyCache, SignatureError, verifyRequest } from "@stave/sigv4-verify";

const keys = new Map([["AKIAEXAMPLE", { secretAccessKey: "a long random secret", identity: { name: "Ada" } }]]);
const signingKeys = createSigningKeyCache();

/** Greets whoever signed the request, as any S3 client would, for the region `us-east-1`. */
export const server = createServer(async ({ method = "", url = "", rawHeaders }, response) => {
  try {
    const verified = await verifyRequest(
      { method, target: url, rawHeaders },
      { region: "us-east-1", findKey: (accessKeyId) => keys.get(accessKeyId), signingKeys },
    );
    response.end(verified.kind === "anonymous" ? "Hello, stranger" : `Hello, ${verified.identity.name}`);
  } catch (error) {
    if (!(error instanceof SignatureError)) return response.writeHead(500).end();
    response.writeHead(403).end(`${error.code}: ${error.message}`);
  }
});
