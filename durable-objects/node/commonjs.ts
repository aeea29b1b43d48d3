/**
 * What `require()` gives on Node: a function that makes a server, as that of `socket.io` is, with everything
 * that the ES modules export. Built into one CommonJS file for versions of Node that cannot require ES modules; the
 * others take this one, so that both kinds of modules get the same classes.
 */
import type { HttpServerLike } from "./http-server-types.ts";
import * as all from "./index.ts";
import { Server, type ServerOptions } from "./server.ts";

/** The same as `new Server(server, options)`. */
function makeServer(server?: HttpServerLike | number | string, options?: ServerOptions): Server {
  return new Server(server, options);
}

const required = Object.assign(makeServer, all);

// The name under which Node looks for what `require()` of an ES module gives.
export { required as "module.exports" };
