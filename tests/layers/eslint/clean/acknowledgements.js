import { createServer } from "dormouse-io";

export const Votes = createServer((io) => {
  io.on("connection", (socket) => {
    socket.on("ask", async (question, answer) => {
      const tally = { yes: 0, no: 0 };
      const answers = await io.timeout(5000).emitWithAck("question", question);
      for (const { vote } of answers) tally[vote] += 1;
      answer(tally);
      socket.timeout(1000).emit("thanks", (error) => {
        if (error) socket.disconnect();
      });
    });
  });
});
