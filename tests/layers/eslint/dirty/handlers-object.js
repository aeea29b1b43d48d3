// Handlers by name, with a wrapper that reports errors.
const { Server } = require("socket.io");

const io = new Server(3000);
const inventory = { apples: 10 }; // expect: no-state-in-variables
const log = []; // expect: no-state-in-variables

const safely = (handler) => async (...args) => {
  try {
    await handler(...args);
  } catch (error) {
    console.error(error);
  }
};

function note(text) {
  log.unshift(text);
}

const handlers = {
  take(count) {
    inventory.apples -= count;
    note(`taken ${count}`);
  },
};

io.on("connection", (socket) => {
  socket.on("take", safely(handlers.take));
  socket.on("log", safely(async (answer) => answer(log)));
});
