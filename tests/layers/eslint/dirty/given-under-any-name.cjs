// Servers that functions are given under other names than io: how they are used says what they are.
module.exports = { chat, presence, scores, counted };

let online = 0; // expect: no-state-in-variables

function chat(socketServer) {
  socketServer.on("connection", (socket) => {
    online += 1;
    socket.emit("online", online);
  });
}

function presence(sio) {
  const seen = new Set(); // expect: no-state-in-variables
  const greet = (client) => {
    client.join("everybody");
    client.on("hello", (name) => seen.add(name));
  };
  sio.on("connect", greet);
}

function scores(server, store) {
  server.use((socket, next) => next(store.knows(socket.handshake.auth) ? undefined : new Error("who?")));
  server.on("connection", (s) => {
    let points = 0; // expect: no-state-in-variables
    s.on("point", () => {
      points += 1;
      s.broadcast.emit("points", points);
    });
  });
}

function counted(ws) {
  let visits = 0; // expect: no-state-in-variables
  ws.on("connection", onConnection);

  function onConnection(socket) {
    visits += 1;
    socket.to("counters").emit("visits", visits);
  }
}
