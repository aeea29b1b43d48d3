import session from "express-session";
import { Server } from "socket.io";

const io = new Server(3000);
const perAddress = new Map<string, number>(); // expect: no-state-in-middlewares
const inMemory = session({ secret: "keyboard cat", resave: false, saveUninitialized: true });

io.engine.use(inMemory); // expect: no-state-in-middlewares

io.use((socket, next) => {
  perAddress.set(socket.handshake.address, Date.now());
  socket.on("ping!", () => socket.emit("pong!")); // expect: no-state-in-middlewares
  next();
});

io.of("/admin").use((socket, next) => {
  let calls = 0; // expect: no-state-in-variables
  socket.use((_packet, proceed) => { // expect: no-state-in-middlewares
    calls += 1;
    socket.emit("calls", calls);
    proceed();
  });
  next();
});
