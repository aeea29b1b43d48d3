// Each module registers its own listeners.
let said = 0;
export default function chat(io, socket) {
  socket.on("say", () => {
    said++;
  });
}
