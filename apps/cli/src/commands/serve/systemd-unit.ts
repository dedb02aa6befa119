export type SystemdUnit = {
  /** Absolute, as all paths here. */
  readonly node: string;
  readonly main: string;
  readonly stateDirectory: string;
  readonly port: string;
  readonly apiPort: string;
  readonly publicUrl: string | undefined;
};

/** A unit of systemd: https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html */
export function systemdUnit({ node, main, stateDirectory, port, apiPort, publicUrl }: SystemdUnit): string {
  const command = [
    node,
    main,
    "serve",
    `--data-dir=${stateDirectory}/data`,
    `--credentials-file=${stateDirectory}/first-keys`,
    `--port=${port}`,
    `--api-port=${apiPort}`,
    ...(publicUrl === undefined ? [] : [`--public-url=${publicUrl}`]),
  ];
  // What runs may be below a home directory, where version managers keep Node.js.
  const isAtHome = [node, main].some((path) => /^\/(home|root|run\/user)\//.test(path));
  return `# Stave: S3 on 127.0.0.1:${port}, its API on 127.0.0.1:${apiPort}. Put a TLS proxy in front before others are to reach it.
# Settings: stave serve --help; of each server: stave gateway -- --help, stave api -- --help.
[Unit]
Description=Stave, S3 storage
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=${command.map(quote).join(" ")}
Restart=on-failure
RestartSec=2
# Requests under way get 8 s to end.
TimeoutStopSec=20
# Only the parent: it stops the servers in order.
KillMode=mixed
LimitNOFILE=65536

# A user of its own. The keys of the first start are in ${stateDirectory}/first-keys, for root only.
${isAtHome ? "# Not DynamicUser: that one could not read what is below a home directory.\nUser=stave\n" : "DynamicUser=yes\n"}StateDirectory=${stateDirectory.replace("/var/lib/", "")}
StateDirectoryMode=0700
UMask=0077

NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=${isAtHome ? "read-only" : "yes"}
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
# Not MemoryDenyWriteExecute: Node.js compiles what it runs.

[Install]
WantedBy=multi-user.target
`;
}

/** As systemd reads a command line: quoted where it must be, and without its specifiers and variables. */
function quote(word: string): string {
  const escaped = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  if (/^[\w@%+=:,./$~-]+$/.test(escaped)) return escaped;
  return `"${escaped.replaceAll(/["\\]/g, "\\$&")}"`;
}
