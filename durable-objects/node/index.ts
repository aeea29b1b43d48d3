/** The package's entry for Node. */
export * from "../../glue/socket.io/index.ts";
export { type ObjectNamespace, type RouteOptions, routeSocketIO } from "../shared/route.ts";
export type { SetupContext } from "../shared/setup.ts";
export type { HttpServerLike } from "./http-servers.ts";
export { createServer, type ServerClass, type ServerObject, type Setup } from "./object.ts";
export { Server, type ServerOptions } from "./server.ts";
