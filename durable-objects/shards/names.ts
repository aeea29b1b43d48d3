/**
 * The names of a server's objects. Shard 0 has the server's own name, so that a server that was one object
 * before goes on there; the others have a number behind it.
 */
const MARK = "/shard-";
const NUMBERED = /^(.*)\/shard-(0|[1-9]\d{0,3})$/s;

/** The name of a shard's object. No two servers share one, however they are named. */
export function shardName(server: string, index: number): string {
  // A server that is named like a shard gets a number with the first, too.
  return index === 0 && !NUMBERED.test(server) ? server : server + MARK + index;
}

/** Which shard of which server an object is. */
export function parseShardName(name: string): { server: string; index: number } {
  const [, server, index] = NUMBERED.exec(name) ?? [];
  return server === undefined ? { server: name, index: 0 } : { server, index: Number(index) };
}
