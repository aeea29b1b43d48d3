/** A server's half that is written once: for the helper of `@venizia/ignis-helpers`, and for ours. */

interface MeetingSocket {
  id: string;
  on(event: string, listener: (...args: never[]) => void): unknown;
}

interface MeetingHandshake {
  auth: Record<string, unknown>;
}

type Send = (message: { destination?: string; payload: { topic: string; data: unknown } }) => void;

/** The options of both helpers. `send`: the helper's. */
export function meeting(send: Send) {
  return {
    authenticateFn: async ({ auth }: MeetingHandshake) => {
      if (auth.token === "broken") throw new Error("no database");
      return auth.token === "right";
    },
    validateRoomFn: ({ rooms }: { rooms: string[] }) => rooms.filter((room) => room !== "staff"),
    clientConnectedFn: async ({ socket }: { socket: MeetingSocket }) => {
      socket.on("say", ({ room, text }: { room?: string; text: string }) => {
        send({ destination: room, payload: { topic: "said", data: { text } } });
      });
      // Answers when all that was sent before has been done.
      socket.on("question", (number: number) => {
        send({ destination: socket.id, payload: { topic: "answer", data: { number } } });
      });
    },
  };
}
