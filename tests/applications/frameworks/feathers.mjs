import { makeApp } from "./parts/feathers.mjs";

export let io;
// For Dormouse: channels, in which the framework keeps its connections, are filled by connection listeners.
const app = makeApp([], { replay: "eager" }, (server) => {
  io = server;
});
export const http = await app.listen(0);
