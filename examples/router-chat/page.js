// Signs in by HTTP, then talks over Socket.IO with the session's cookie.
import { io } from "socket.io-client";

const socket = io({ transports: ["websocket"] });
const show = (text) =>
  document
    .querySelector("ul")
    .append(Object.assign(document.createElement("li"), { textContent: text }));

socket.on("res", show);
socket.on("said", (room, user, message) => show(`${room}, ${user}: ${message}`));

/** The handshake reads the cookie: after signing in, or out, there has to be another one. */
async function sign(path) {
  await fetch(path, { method: "POST" });
  socket.disconnect().connect();
}

const forms = {
  login: ({ user }) => sign(`/login?user=${encodeURIComponent(user)}`),
  logout: () => sign("/logout"),
  chat: ({ message }) => socket.emit("chat", message, () => {}),
  enter: ({ room }) => socket.emit("room:enter", room, (people) => show(`${people} in ${room}`)),
  say: ({ room, message }) => socket.emit("room:say", room, message),
};

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    forms[form.id](Object.fromEntries(new FormData(form)));
  });
}
