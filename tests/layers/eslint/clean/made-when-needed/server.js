// What is made when it is first needed is made again.
import { Server } from "socket.io";
import { connect } from "./database.js";
const io = new Server();
let db;
let words;
let client = null;
let ready;
let rules;

function getDb() {
  if (!db) db = connect();
  return db;
}
async function getWords() {
  if (words === undefined) {
    words = await getDb().read("words");
  }
  return words;
}
const getClient = () => (client = client ?? connect());
const whenReady = () => ready || (ready = getDb().open());
const getRules = () => {
  rules ??= fetch("https://rules.example/").then((answer) => answer.json());
  return rules;
};
io.on("connection", (socket) => {
  socket.on("rules", async (answer) => answer(await getRules()));
  socket.on("words", async (answer) => answer(await getWords(), getClient().name));
  socket.on("save", async (text) => {
    await whenReady();
    await getDb().save(text);
  });
});
