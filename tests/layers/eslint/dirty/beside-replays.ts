// What goes on beside a connection listener is done again with every replay: nothing of it is dropped.
import { nextTick } from "node:process";
import { createServer } from "dormouse-io";

interface User {
  name: string;
}

export const Chat = createServer((io) => {
  const load = async (id: string): Promise<User> => (await fetch(`https://users.example/${id}`)).json();
  const greet = async (socket: { id: string; data: { name: string; visits: number } }) => {
    const { name } = await load(socket.id);
    socket.data.name = name;
    socket.data.visits += 1;
  };
  const begin = async (socket: import("dormouse-io").Socket) => {
    socket.data.title = (await load(socket.id)).name; // expect: ask-restored
    socket.data.visits += 1; // expect: ask-restored
  };
  io.on("connection", (socket) => {
    const { data } = socket;
    queueMicrotask(() => {
      socket.data.visits += 1; // expect: ask-restored
      socket.emit("welcome"); // expect: ask-restored
    });
    process.nextTick(() => {
      socket.data.visits = (socket.data.visits ?? 0) + 1; // expect: ask-restored
    });
    nextTick(() => {
      data.visits++; // expect: ask-restored
    });
    load(socket.id).then((user) => {
      socket.data.name = user.name; // expect: ask-restored
      io.data.names.push(user.name); // expect: ask-restored
    });
    begin(socket);
    socket.on("name", (name: string) => {
      socket.data.name = name;
    });
    socket.on("title", (title: string) => Object.assign(socket.data, { nick: title }));
    socket.on("head", (title: string) => {
      socket.data.title = title;
    });
  });
  io.on("connection", greet);
});
