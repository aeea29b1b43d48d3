/** The servers in PartyKit's rooms. */
import { createServer } from "dormouse-io/partykit";
import { polling } from "dormouse-io/polling";
import { OPTIONS, type ServerName, setup, transportsOf } from "./application.ts";

export function makeRoom(server: ServerName, chooseRoom: (request: Request) => string) {
  const transports = transportsOf(server).map((name) => (name === "polling" ? polling : name));
  const options = { ...OPTIONS[server], transports, room: chooseRoom };
  return createServer(options as object, (io, room) => setup(io as never, room.id));
}
