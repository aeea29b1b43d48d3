/** Which packages' exports make servers, and what their types are called. */
import type { Value } from "./value.ts";

/** Socket.IO's own names, and ours. The npm alias makes the first mean the second. */
const OURS = /^(socket\.io|dormouse-io(\/(node|partykit|partyserver|testing))?)$/;

/** Words without which no server is made, typed, or handed on by its usual name. */
const HINTS = /socket\.io|dormouse-io|\b(io|nsp|namespace|socket)\b/;
/** Packages whose objects are the application, on which people hang what all of it uses. */
const FRAMEWORKS =
  /^(express|koa|fastify|restify|polka|hono|@hapi\/hapi|@tinyhttp\/app|@feathersjs\/(feathers|express|koa)|(node:)?https?)$/;
/** Packages that load all modules of a folder. */
const LOADERS =
  /^(require-all|require-dir|require-directory|requireindex|include-all|consign|express-load|@fastify\/autoload|glob-import)$/;

/** Packages whose objects are maps, lists, queues in memory. */
const COLLECTIONS =
  /^(lru-cache|quick-lru|tiny-lru|lru_map|mnemonist(\/\S+)?|@isaacs\/ttlcache|node-cache|memory-cache|@datastructures-js\/\S+|yallist|flatqueue|js-priority-queue|priorityqueuejs|buckets-js|typescript-collections|js-sdsl|bidirectional-map|bi-map|sorted-btree|@js-sdsl\/\S+)$/;

type PackageValue = Extract<Value, { kind: "package" }>;

export function mentionsServer(text: string): boolean {
  return HINTS.test(text);
}

/** Whether what a package has made is a framework's application, or a server of HTTP. */
export function isApplication({ name }: { readonly name: string }): boolean {
  return FRAMEWORKS.test(name);
}

/** Whether what `new` makes of a package's class is a collection in memory; `keyv` is one where it is given no store. */
export function makesInMemory({ name }: PackageValue, given: readonly unknown[]): boolean {
  return COLLECTIONS.test(name) || (name === "keyv" && given.length === 0);
}

/** Whether a package's function loads modules that nobody names. */
export function isLoader({ name }: PackageValue): boolean {
  return LOADERS.test(name);
}

export function isOurs(name: string): boolean {
  return OURS.test(name);
}

/** `createServer(options?, setup)` of the platforms. */
export function isCreateServer({ name, path }: PackageValue): boolean {
  return isOurs(name) && path.at(-1) === "createServer";
}

/** The `Server` class, and the function that CommonJS users call instead. */
export function isServerClass({ name, path }: PackageValue): boolean {
  if (!isOurs(name)) return false;
  const [first = "default"] = path.filter((step) => step !== "default");
  return first === "default" || first === "Server" || first === "listen";
}

/** What a type of ours says of a value. */
export function roleOfType({ name, path }: PackageValue): Value | undefined {
  if (!isOurs(name)) return undefined;
  switch (path.at(-1)) {
    case "Server":
    case "Namespace":
    case "ParentNamespace":
      return { kind: "server" };
    case "Socket":
    case "RemoteSocket":
      return { kind: "socket" };
    default:
      return undefined;
  }
}

/** What a package's function or class gave: a client of something outside, for all that is known. */
export function outsideOf({ name }: PackageValue): Value[] {
  return [{ kind: "outside", name }];
}
