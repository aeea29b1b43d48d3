// Signs in by HTTP, authenticates with the token that this gives, and joins rooms.
import { SocketIOClientHelper } from "dormouse-io/client";

const list = document.querySelector("ul");
const show = (text) =>
  list.append(Object.assign(document.createElement("li"), { textContent: text }));

let token;
const client = new SocketIOClientHelper({
  identifier: "page",
  host: location.origin,
  options: { transports: ["websocket"], autoConnect: false, auth: (give) => give({ token }) },
  onConnected: () => client.authenticate(),
  onAuthenticated: () => show("let in"),
  onUnauthenticated: show,
  onDisconnected: (reason) => show(`disconnected: ${reason}`),
});
client.subscribe({
  event: "said",
  handler: ({ room, user, text }) => show(`${room}, ${user}: ${text}`),
});

/** What the server has made of a request to join or leave. */
async function showRooms() {
  const rooms = await client.getSocketClient().emitWithAck("rooms");
  show(`in ${rooms.join(", ") || "no room"}`);
}

const forms = {
  async login({ user }) {
    const response = await fetch(`/login?user=${encodeURIComponent(user)}`, { method: "POST" });
    token = await response.text();
    client.disconnect();
    client.connect();
  },
  async forge() {
    token = "not.a.token";
    client.disconnect();
    client.connect();
  },
  async join({ room }) {
    client.joinRooms({ rooms: [room] });
    await showRooms();
  },
  async leave({ room }) {
    client.leaveRooms({ rooms: [room] });
    await showRooms();
  },
  async say({ room, text }) {
    client.emit({ topic: "say", data: { room, text } });
  },
};

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    forms[form.id](Object.fromEntries(new FormData(form))).catch((error) => show(error.message));
  });
}
