import { createServer } from "dormouse-io/partykit";

export default createServer((io) => {
  const votes = { yes: 0, no: 0 }; // expect: no-state-in-variables
  const voted = []; // expect: no-state-in-variables
  let isOpen = true; // expect: no-state-in-variables

  io.on("connection", (socket) => {
    socket.emit("votes", votes);
    socket.on("vote", (choice) => {
      if (!isOpen || voted.includes(socket.id)) return;
      voted.push(socket.id);
      votes[choice] += 1;
      io.emit("votes", votes);
    });
    socket.on("close", () => {
      isOpen = false;
      io.emit("closed", votes);
    });
  });
});
