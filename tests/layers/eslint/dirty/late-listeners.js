// Listeners for those who have logged in, and none for those who have left.
import { Server } from "socket.io";

const io = new Server(3000);

io.on("connection", (socket) => {
  const onMove = (to) => socket.broadcast.emit("moved", socket.id, to);

  socket.on("login", (name) => {
    socket.data.name = name;
    socket.on("message", (text) => io.emit("message", name, text)); // expect: no-late-listeners
    if (name === "admin") {
      io.of("/admin").on("connection", (admin) => admin.emit("hello")); // expect: no-late-listeners
    }
  });

  socket.on("move", onMove);
  socket.on("freeze", () => socket.off("move", onMove));
  socket.once("ready", () => io.emit("ready", socket.id));
  socket.on("close", () => io.off("connection", onMove)); // expect: no-late-listeners

  loadProfile(socket.id).then((profile) => {
    socket.on("profile", (answer) => answer(profile)); // expect: no-late-listeners
  });

  setTimeout(() => { // expect: no-timers
    socket.on("slow", () => socket.emit("slow")); // expect: no-late-listeners
  }, 500);

  listenLater(socket);
});

async function listenLater(socket) {
  socket.on("soon", () => socket.emit("now"));
  await loadProfile(socket.id);
  socket.on("later", () => socket.emit("then")); // expect: no-late-listeners
}

async function loadProfile(id) {
  return (await fetch(`https://example.com/profiles/${id}`)).json();
}
