/** A chat in PartyKit: one room per topic, asleep while nobody talks. */
import { createServer } from "dormouse-io/partykit";
import { chat } from "../chat.ts";

export default createServer(
  { room: (request) => new URL(request.url).searchParams.get("topic") ?? "general" },
  (io, room) => chat(io, room.id),
);
