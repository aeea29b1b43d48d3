/**
 * The chat's server code: the README's example, grown up.
 *
 * Everything that must last is in `socket.data` and in the rooms, nothing in variables, and there
 * are no timers. So the object may fall asleep between any two messages. Who is here follows from
 * connections and their ends alone: visitors who say nothing cost one wake per heartbeat, all together.
 */
import type { RemoteSocket, Server, WakeEvent } from "dormouse-io";
import { answer, checkContent, checkId, checkName, checkRoom, Refusal } from "./checks.ts";
import {
  type ClientToServerEvents,
  type Message,
  type Person,
  ROOMS,
  type RoomName,
  type ServerToClientEvents,
  type Slumber,
  type SocketData,
} from "./protocol.ts";

type NoEvents = Record<string, never>;
type ChatServer = Server<ClientToServerEvents, ServerToClientEvents, NoEvents, SocketData>;

/** Makes `io` a chat. */
export function chat(io: ChatServer): void {
  io.use((socket, next) => {
    try {
      socket.data.name = checkName(socket.handshake.auth.name);
      next();
    } catch (error) {
      next(error as Error);
    }
  });

  // Who looks on is told when the object is awake anyway: to ask it would be to wake it.
  io.engine.on("wake", ({ cause }: WakeEvent) => io.emit("slumber", slumberOf(io, cause)));

  io.on("connection", (socket) => {
    io.emit("slumber", slumberOf(io));
    const me: Person = { id: socket.id, name: socket.data.name };
    const myRoom = (value: unknown): RoomName => {
      const room = checkRoom(value);
      if (!socket.rooms.has(room)) throw new Refusal("You are not in this room.");
      return room;
    };

    socket.on(
      "rooms",
      answer(async () => {
        const everybody = await io.fetchSockets();
        return (Object.keys(ROOMS) as RoomName[]).map((room) => ({
          room,
          people: everybody.filter((other) => other.rooms.has(room)).map(person),
        }));
      }),
    );

    socket.on(
      "join",
      answer(async (value) => {
        const room = checkRoom(value);
        if (!socket.rooms.has(room)) {
          await socket.join(room);
          socket.broadcast.emit("joined", room, me);
        }
        return { room, people: (await io.in(room).fetchSockets()).map(person) };
      }),
    );

    socket.on(
      "leave",
      answer(async (value) => {
        const room = myRoom(value);
        await socket.leave(room);
        socket.broadcast.emit("left", room, me);
        return {};
      }),
    );

    socket.on(
      "message",
      answer((value, id, content) => {
        const room = myRoom(value);
        const message: Message = {
          id: checkId(id),
          from: me,
          at: Date.now(),
          content: checkContent(content),
        };
        socket.to(room).emit("message", room, message);
        io.except(room).volatile.emit("stirred");
        return { at: message.at };
      }),
    );

    socket.on("typing", (room, on) => {
      if (!socket.rooms.has(room)) return;
      socket.to(room).volatile.emit("typing", room, me, on === true);
      io.except(room).volatile.emit("stirred");
    });

    socket.on("disconnecting", () => {
      for (const room of socket.rooms) {
        if (room !== socket.id) socket.broadcast.emit("left", room as RoomName, me);
      }
    });
  });
}

/** `wokenBy`: what has just ended a nap. */
function slumberOf(io: ChatServer, wokenBy: string | null = null): Slumber {
  const { naps, lastNap, wakesPerHour: perHour, connections, rowsWritten } = io.stats();
  const length = lastNap === undefined ? 0 : lastNap.endedAt - lastNap.startedAt;
  return { naps, lastNap: length, wokenBy, perHour, connections, rowsWritten };
}

function person(socket: RemoteSocket<ServerToClientEvents, SocketData>): Person {
  return { id: socket.id, name: socket.data.name };
}
