import { extendZodWithOpenApi } from "@asteasolutions/zod-to-openapi";
import { z } from "zod";

extendZodWithOpenApi(z);

/** Every contract takes it from here: schemas made before it was extended have no `openapi()`. */
export { z };
