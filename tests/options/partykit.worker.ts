/** The servers as parties of PartyKit. */
import { createServer } from "dormouse-io/partykit";
import { type ServerName, serversOn, setup } from "./servers.ts";

/** The class of a server. */
export function makeClass(server: ServerName) {
  return createServer(serversOn("PartyKit")[server], (io, room) => setup(io, room.id));
}
