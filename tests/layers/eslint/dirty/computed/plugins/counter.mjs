let count = 0;
let last;
export default function register(server) {
  server.on("connection", () => {
    count += 1;
  });
}
export function listen(client) {
  client.on("say", (text) => {
    last = text;
    client.emit("said", last, count);
  });
}
