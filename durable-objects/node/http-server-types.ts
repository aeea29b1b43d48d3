/** The types of Node's HTTP servers; `any` in projects that have no types of Node among their own. */

// biome-ignore-start lint/suspicious/noTsIgnore: in projects for Node there is nothing to expect

/** @ts-ignore No such module where there are only Workers' types. */
import type { Server as HttpServer } from "node:http";
/** @ts-ignore No such module where there are only Workers' types. */
import type { Http2Server } from "node:http2";
/** @ts-ignore No such module where there are only Workers' types. */
import type { Server as HttpsServer } from "node:https";

// biome-ignore-end lint/suspicious/noTsIgnore: see above

export type { HttpServer };

/** What a server can be attached to. */
export type HttpServerLike = HttpServer | HttpsServer | Http2Server;
