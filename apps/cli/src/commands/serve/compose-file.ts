export type ComposeFile = {
  /** Of the packages that it fetches. */
  readonly version: string;
  /** On the machine. */
  readonly port: string;
  readonly apiPort: string;
  readonly publicUrl: string;
};

/** A compose file: https://github.com/compose-spec/compose-spec/blob/main/spec.md */
export function composeFile({ version, port, apiPort, publicUrl }: ComposeFile): string {
  const packages = ["cli", "gateway", "api"].map((name) => `--package=@stave/${name}@${version}`);
  const serve = [
    "stave",
    "serve",
    "--data-dir=data",
    "--credentials-file=first-keys",
    // Inside the container; who may connect is said by `ports`.
    "--host=0.0.0.0",
    "--api-host=0.0.0.0",
    "--admin-port=7481",
    `--public-url=${publicUrl}`,
  ];
  const list = [...["npx", "--yes", ...packages, "--"], ...serve].map((word) => `      - ${quote(word)}\n`).join("");
  return `# Stave: S3 on 127.0.0.1:${port}, its API on 127.0.0.1:${apiPort}. Put a TLS proxy in front before others are to reach it.
# Settings: stave serve --help, and variables of the environment.
services:
  stave:
    image: node:26-slim
    init: true
    command:
${list}    # Of the image. The volume takes over that it owns its home, where npm keeps what it has fetched, too.
    user: node
    working_dir: /home/node
    volumes:
      - stave:/home/node
    ports:
      - "127.0.0.1:${port}:7480"
      - "127.0.0.1:${apiPort}:7400"
    healthcheck:
      test:
        - CMD
        - node
        - --eval
        - fetch("http://127.0.0.1:7481/readyz").then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))
      interval: 30s
      start_period: 120s
    restart: unless-stopped
    # Requests under way get 8 s to end.
    stop_grace_period: 20s
    read_only: true
    tmpfs:
      - /tmp
    cap_drop:
      - ALL
    security_opt:
      - no-new-privileges:true
volumes:
  stave:
`;
}

/** A string of YAML, in which compose sees no variable. */
function quote(word: string): string {
  return JSON.stringify(word.replaceAll("$", "$$$$"));
}
