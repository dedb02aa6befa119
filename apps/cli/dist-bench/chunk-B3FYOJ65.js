// src/command/cli-error.ts
var exitCodes = {
  Failed: 1,
  Usage: 2,
  Network: 3,
  Unauthenticated: 4,
  Forbidden: 4,
  NotFound: 5,
  Conflict: 6,
  NotSupported: 7,
  Interrupted: 130,
};
var CliError = class extends Error {
  name = "CliError";
  code;
  why;
  next;
  requestId;
  serverCode;
  problem;
  constructor(code, message, options = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.why = options.why;
    this.next = options.next ?? [];
    this.requestId = options.requestId;
    this.serverCode = options.serverCode;
    this.problem = options.problem;
  }
};

export { CliError, exitCodes };
//# sourceMappingURL=chunk-B3FYOJ65.js.map
