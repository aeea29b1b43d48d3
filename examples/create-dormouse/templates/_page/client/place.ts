/** Where the server is: options of the client. */
import type { ManagerOptions } from "socket.io-client";

export const place: Partial<ManagerOptions> = {};
