// A store of a package.
import { createStore } from "redux";
import { createServer } from "dormouse-io";
const reducer = (state = 0) => state + 1;
export const Room = createServer((io) => {
  const store = createStore(reducer); // expect: no-state-in-variables
  io.on("connection", (socket) => {
    socket.on("action", (action) => {
      store.dispatch(action);
      io.emit("state", store.getState());
    });
  });
});
