// Lists of instances, tables of functions and objects without a name, made by functions and handed on.
import { createServer, type Server } from "dormouse-io";
import { controllers } from "./controllers.ts";

type Events = Record<string, (text: string) => unknown>;
const plugins: { events: Events }[] = [];
const use = (plugin: { events: Events }) => plugins.push(plugin);
function votes() {
  const tally: string[] = []; // expect: no-state-in-variables
  return { events: { vote: (option: string) => tally.push(option) } };
}
use(votes());

function count(io: Server, state: { visits: number; names: string[] }) {
  io.on("connection", (socket) => {
    socket.on("visit", (name: string) => {
      state.visits += 1;
      state.names.push(name);
    });
  });
}

const hit = (state: { lives: number }, by: number) => {
  state.lives -= by;
  return state.lives;
};
const hitBoss = hit.bind(null, { lives: 3 }); // expect: no-state-in-variables

const heard: string[] = []; // expect: no-state-in-variables
const note = (parts: TemplateStringsArray) => heard.push(parts.join());

export const Room = createServer((io) => {
  count(io, { visits: 0, names: [] }); // expect: no-state-in-variables, no-state-in-variables
  const all = controllers();
  io.on("connection", (socket) => {
    for (const controller of all) controller.register(io, socket);
    for (const { events } of plugins) {
      for (const [event, handler] of Object.entries(events)) socket.on(event, handler);
    }
    socket.on("hit", (by: number) => io.emit("lives", hitBoss(by)));
    socket.on("say", () => note`something`);
  });
});
