import { createApiClient } from "./chunk-UGWKYKEV.js";
import "./chunk-HSRHTTG5.js";
import "./chunk-B3FYOJ65.js";

export { createApiClient };
//# sourceMappingURL=api-client-AYXXF7OW.js.map
