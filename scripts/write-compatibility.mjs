// Writes docs/compatibility.md from the routes of the gateway. Usage: npm run compatibility
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compatibilityPage } from "../apps/gateway/compatibility/compatibility-page.ts";

writeFileSync(join(import.meta.dirname, "..", "docs", "compatibility.md"), compatibilityPage());
