/** The package's entry for routes, controllers, middlewares and sessions in the manner of egg-socket.io. */
export type { NamespaceConfig, RouterConfig } from "./config.ts";
export {
  type ActionNames,
  type Actions,
  actionsOf,
  Controller,
} from "./controllers/controllers.ts";
export { type LoadedModules, loadModules } from "./controllers/modules.ts";
export type { Application, Context, Packet } from "./handling/context.ts";
export type { Answer, Handler, Middleware, Next } from "./handling/handlers.ts";
export type { NamespaceRouter } from "./namespace-router.ts";
export { createRouter, type NamespaceName, type Router } from "./router.ts";
export type { OpenSession, Session, SessionMethods, SessionSource } from "./session/source.ts";
export type {
  AnyTypes,
  Define,
  RouteArgs,
  RouteNames,
  RouterTypes,
  SystemEvents,
} from "./types.ts";
