/** The public API of me-api-client, described in README.md. */

export { connect } from "./client.js";
export { ApiError } from "./errors.js";
export { call, callPage, type CallOptions, type Page } from "./rest.js";
export type * from "./types.js";
