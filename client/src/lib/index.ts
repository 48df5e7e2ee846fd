/** me-api-client: see README.md. */

export { connect } from "./client.js";
export { ApiError } from "./errors.js";
export { call, type CallOptions } from "./rest.js";
export type * from "./types.js";
