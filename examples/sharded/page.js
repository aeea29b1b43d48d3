/** Twelve clients of one server, and the shard that each is on. */
import { io } from "socket.io-client";

const list = document.querySelector("ul");
const log = document.querySelector("ol");
const [room, text] = document.querySelectorAll("input");

/** One client writes; the others show that it gets to them. */
const clients = Array.from({ length: 12 }, () => io({ transports: ["websocket"], forceNew: true }));

const ask = (client, ...event) => new Promise((resolve) => client.emit(...event, resolve));

async function show() {
  const people = await ask(clients[0], "who");
  people.sort((one, other) => one.shard.localeCompare(other.shard));
  list.replaceChildren(
    ...people.map(({ id, shard, rooms }) => {
      const item = document.createElement("li");
      item.textContent = `${shard}: ${id} in ${rooms.filter((name) => name !== id).join(", ")}`;
      return item;
    }),
  );
}

for (const client of clients) {
  client.on("connect", () => ask(client, "join", room.value).then(show));
  client.on("said", ({ text: said, shard }) => {
    const item = document.createElement("li");
    item.textContent = `${client.id} heard “${said}” from ${shard}`;
    log.append(item);
  });
}
clients[0].on("changed", show);

document.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  clients[0].emit("say", room.value, text.value);
  text.value = "";
});
