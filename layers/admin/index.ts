/** The package's entry for the Admin UI: a server that the page of `@socket.io/admin-ui` can look into. */
export { type InstrumentOptions, instrument } from "./instrument.ts";
export type { BasicAuthentication } from "./options.ts";
export { InMemoryStore, ObjectStore, type Store } from "./stores.ts";
