// A socket by another name, beside an `io`.
const rooms = {}; // expect: no-state-in-variables
module.exports = (io, client) => {
  client.on("join", (name) => {
    rooms[name] = client.id;
    io.emit("joined", name);
  });
};
