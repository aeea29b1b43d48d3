// What a connection listener waits for, asks for, or puts where nobody else does, is the same again.
import { createServer } from "dormouse-io";

interface User {
  name: string;
}

export const Chat = createServer((io) => {
  const load = async (id: string): Promise<User> => (await fetch(`https://users.example/${id}`)).json();
  io.on("connection", async (socket) => {
    load(socket.id).then((user) => {
      socket.data.user = user.name;
      socket.data.name ??= user.name;
      if (!socket.data.visits) socket.data.visits = 1;
      if (!socket.restored) socket.data.nick = user.name;
    });
    await load(socket.id).then((user) => {
      socket.data.nick = user.name;
      socket.data.logins += 1;
    });
    queueMicrotask(() => {
      socket.data.begun = true;
      if (!socket.restored) socket.emit("welcome");
    });
    socket.data.visits += 1;
    socket.on("nick", (nick: string) => {
      socket.data.nick = nick;
      socket.data.name = nick;
      queueMicrotask(() => {
        socket.data.changes += 1;
        io.emit("nick", nick);
      });
    });
    socket.on("disconnect", () => {
      socket.data.user = "";
    });
  });
});
