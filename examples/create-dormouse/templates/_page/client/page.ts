/** The page: the stock client, a list and a form. */
import { io, type Socket } from "socket.io-client";
import type { FromClient, ToClient } from "../src/events.ts";
import { place } from "./place.ts";

function find<Type extends Element>(selector: string): Type {
  const element = document.querySelector<Type>(selector);
  if (element === null) throw new Error(`there is no ${selector}`);
  return element;
}

const lines = find<HTMLUListElement>("ul");
const form = find<HTMLFormElement>("form");
const input = find<HTMLInputElement>("input");
const status = find<HTMLElement>("#status");

const name = new URLSearchParams(location.search).get("name") ?? "somebody";
const socket: Socket<ToClient, FromClient> = io({
  transports: ["websocket"],
  auth: { name },
  ...place,
});

function show(text: string): void {
  const line = document.createElement("li");
  line.textContent = text;
  lines.append(line);
  line.scrollIntoView();
}

socket.on("connect", async () => {
  const people = await socket.emitWithAck("count");
  status.textContent = `connected as ${name}, ${people} here`;
});
socket.on("connect_error", (error) => {
  status.textContent = error.message;
});
socket.on("disconnect", (reason) => {
  status.textContent = `disconnected: ${reason}`;
});
socket.on("said", (who, text) => show(`${who}: ${text}`));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (input.value.trim() !== "") socket.emit("say", input.value);
  input.value = "";
});
