/** Where the server is: options of the client. `?room=cats` in the page's address is another room. */
import type { ManagerOptions } from "socket.io-client";

const room = new URLSearchParams(location.search).get("room") ?? "lobby";

export const place: Partial<ManagerOptions> = { path: `/parties/chat/${room}/socket.io/` };
