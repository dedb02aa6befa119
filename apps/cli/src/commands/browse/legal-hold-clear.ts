import { setLegalHold } from "./set-legal-hold.ts";

export const run = setLegalHold(false);
