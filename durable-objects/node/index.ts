/** The package's entry for Node. */
export * from "../../glue/socket.io/index.ts";
export type { SetupContext } from "../shared/create-server/setup-function.ts";
export { type ObjectNamespace, type RouteOptions, routeSocketIO } from "../shared/routing/route.ts";
export { createServer, type ServerClass, type ServerObject, type Setup } from "./create-server.ts";
export type { HttpServerLike } from "./http-server-types.ts";
export { Server, type ServerOptions } from "./server.ts";
