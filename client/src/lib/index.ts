/** me-api-client: see README.md. */

export { ApiError } from "./errors.js";
export type * from "./types.js";
