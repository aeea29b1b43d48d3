/** What applications hang things on: a socket, and what is around it. */
import type { Socket } from "../../../glue/socket.io/server/socket.ts";

/** By what messages call it. `Bag`: what a test hangs there. */
export function holdersOf<Bag>(): Record<string, (socket: Socket) => Bag> {
  return { ...holdersAround<Bag>(), ...holdersOn<Bag>() };
}

/** What a client's sockets share. */
export function holdersAround<Bag>(): Record<string, (socket: Socket) => Bag> {
  return {
    "socket.request": ({ request }) => request as Bag,
    "socket.conn": ({ conn }) => conn as Bag,
    "socket.client": ({ client }) => client as Bag,
  };
}

function holdersOn<Bag>(): Record<string, (socket: Socket) => Bag> {
  return {
    "socket.handshake": ({ handshake }) => handshake as Bag,
    "socket.data": ({ data }) => data as Bag,
    socket: (socket) => socket as Bag,
  };
}

/** Asynchronous listeners and replays have gone on as far as they can. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
