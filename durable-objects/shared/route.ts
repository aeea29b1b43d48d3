/** From a Worker to the object that takes a request. */
import { isUrlUnderPath } from "./handshake.ts";

/** As much of a Durable Object binding as routing needs. */
export interface ObjectNamespace {
  idFromName(name: string): DurableObjectId;
  get(id: DurableObjectId): { fetch(request: Request): Promise<Response> };
}

export interface RouteOptions {
  /** The `path` option of the server. Default `/socket.io`. */
  path?: string;
  /** The name of the object that takes the request. Default: one object for all. */
  name?: string | ((request: Request) => string | Promise<string>);
}

/** Leads a Socket.IO request to its object; null for all other paths. */
export async function routeSocketIO(
  request: Request,
  namespace: ObjectNamespace,
  { path = "/socket.io", name = "default" }: RouteOptions = {},
): Promise<Response | null> {
  if (!isUrlUnderPath(request.url, path.replace(/\/$/, ""))) return null;
  const objectName = typeof name === "function" ? await name(request) : name;
  return namespace.get(namespace.idFromName(objectName)).fetch(request);
}
