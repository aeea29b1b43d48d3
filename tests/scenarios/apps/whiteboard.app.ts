/**
 * A collaborative whiteboard: one dynamic namespace per board, strokes as binary, cursors as
 * volatile events. The server keeps no drawing: a newcomer's picture is asked from somebody who is
 * already there.
 */
import type { Namespace, Server, Socket } from "socket.io";

/** How long a participant may take to hand over the picture, in milliseconds. */
const PICTURE_TIMEOUT = 5000;

/** The most strokes one participant may draw. */
const MAX_STROKES = 3;

/** Registers the boards on a server with `cleanupEmptyChildNamespaces`. */
export function whiteboard(io: Server): void {
  const boards = io.of(/^\/board-[a-z]+$/);

  boards.use((socket, next) => {
    const { colour } = socket.handshake.auth;
    if (!/^#[0-9a-f]{6}$/.test(colour)) return next(new Error("invalid colour"));
    socket.data = { colour, strokes: 0, viewer: socket.handshake.auth.viewer === true };
    next();
  });

  boards.on("connection", (socket) => {
    register(socket);
    socket.broadcast.emit("arrived", { id: socket.id, colour: socket.data.colour });
  });

  io.on("connection", (socket) => {
    socket.on("boards", (reply: (boards: object) => void) => {
      const open = [...io._nsps.values()].filter(({ name }) => name.startsWith("/board-"));
      reply(Object.fromEntries(open.map(({ name, sockets }) => [name, sockets.size])));
    });
    socket.on("announce", (text: string) => boards.emit("announcement", text));
  });
}

function register(socket: Socket): void {
  socket.use(([event], next) => {
    const draws = event === "stroke" || event === "undo" || event === "clear";
    next(draws && socket.data.viewer ? new Error("viewers do not draw") : undefined);
  });
  socket.on("error", (error) => void socket.emit("refused", error.message));

  socket.on("picture", async (reply: (picture: unknown) => void) => {
    reply(await pictureFor(socket.nsp, socket));
  });
  socket.on("stroke", (points: Uint8Array, reply: (result: unknown) => void) => {
    if (points.length % 2 !== 0) return reply({ error: "points are pairs" });
    if (socket.data.strokes >= MAX_STROKES) return reply({ error: "too many strokes" });
    socket.data.strokes++;
    const stroke = {
      by: socket.id,
      number: socket.data.strokes,
      colour: socket.data.colour,
      points,
    };
    socket.broadcast.emit("stroke", stroke);
    reply({ number: socket.data.strokes });
  });
  socket.on("undo", () => {
    if (socket.data.strokes === 0) return;
    socket.nsp.emit("undone", { by: socket.id, number: socket.data.strokes });
    socket.data.strokes--;
  });
  socket.on("cursor", (x: number, y: number) => {
    socket.volatile.broadcast.emit("cursor", { by: socket.id, x, y });
  });
  socket.on("clear", async (reply: (result: unknown) => void) => {
    try {
      const votes = await socket.broadcast.timeout(PICTURE_TIMEOUT).emitWithAck("may I clear?");
      const agreed = votes.every((vote: boolean) => vote);
      if (agreed) socket.nsp.emit("cleared");
      reply({ agreed, votes: votes.length });
    } catch {
      reply({ agreed: false });
    }
  });
  socket.on("disconnect", () => void socket.nsp.emit("gone", { id: socket.id }));
}

async function pictureFor(board: Namespace, newcomer: Socket): Promise<unknown> {
  const other = [...board.sockets.values()].find(({ id }) => id !== newcomer.id);
  if (other === undefined) return [];
  return other.timeout(PICTURE_TIMEOUT).emitWithAck("hand over the picture");
}
