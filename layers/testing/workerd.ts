/**
 * `dormouse-io/testing` where the tests themselves run in workerd (vitest's Workers plugin): the platform lets
 * objects sleep there, and what is missing is a way for the client into a stub.
 */
export { type Fetches, transportTo } from "./transport-to.ts";
