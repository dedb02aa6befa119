// Takes the lock, says so, and stays until it is killed.
import { lockDataDirectory } from "../../src/embedded/data-directory.ts";

const [, , directory = ""] = process.argv;
await lockDataDirectory(directory);
process.send?.("locked");
setInterval(() => {}, 60_000);
