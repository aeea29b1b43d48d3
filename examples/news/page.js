// Follows topics, puts news into the queue, and shows what comes of it.
import { io } from "socket.io-client";

const socket = io({ transports: ["websocket"] });
const topics = new Set();
const show = (text) =>
  document
    .querySelector("ul")
    .append(Object.assign(document.createElement("li"), { textContent: text }));

/** Rooms are left with the connection: a new one enters them again. */
function follow(topic) {
  topics.add(topic);
  socket.emit("follow", topic, () => show(`following ${topic}`));
}

socket.on("connect", () => {
  for (const topic of topics) follow(topic);
});
socket.on("news", (topic, text) => show(`${topic}: ${text}`));
socket.on("time", (now) => show(`it is ${now}`));

const forms = {
  follow: ({ topic }) => follow(topic),
  async item(news) {
    const answer = await fetch("/items", { method: "POST", body: JSON.stringify(news) });
    show(`${await answer.text()} ${news.text}`);
  },
};

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    forms[form.id](Object.fromEntries(new FormData(form)));
  });
}
