/** As much of the client of Socket.IO 2 as tests use; it comes without declarations. */
declare module "socket.io-client-2" {
  interface OlderClient {
    readonly id: string;
    readonly connected: boolean;
    readonly io: unknown;
    on(event: string, listener: (...args: never[]) => void): this;
    once(event: string, listener: (...args: never[]) => void): this;
    emit(event: string, ...args: unknown[]): this;
    disconnect(): this;
    close(): this;
  }

  export default function connect(url: string, options?: object): OlderClient;
}
