// What the pages' pieces for Node leave out.
declare const httpServer: import("node:http").Server;
declare const Server: typeof import("dormouse-io/node").Server;
declare const io: import("dormouse-io/node").Server;
// An Express application's.
declare const app: { use(middleware: unknown): void };
declare const secret: string;
declare const store: never;

declare module "express-session" {
  export default function session(options: object): never;
}
