// The page of both chats. `?topic=` chooses the room.
import { io } from "socket.io-client";

const topic = new URLSearchParams(location.search).get("topic") ?? "general";
const path = document.body.dataset.path?.replace(":topic", encodeURIComponent(topic));
const socket = io({ transports: ["websocket"], query: { topic }, ...(path && { path }) });

const list = document.querySelector("ul");
const show = (text) =>
  list.append(Object.assign(document.createElement("li"), { textContent: text }));

socket.on("connect", () => {
  const name = `guest ${Math.floor(Math.random() * 1000)}`;
  socket.emit("name", name, show);
});
socket.on("message", (name, text) => show(`${name}: ${text}`));
socket.on("left", (name) => show(`${name} has left.`));

document.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = event.target.elements.text;
  if (input.value !== "") socket.emit("message", input.value);
  input.value = "";
});
