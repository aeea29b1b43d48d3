// Functions that are given what has the server as `io`: an application, arguments of a hook.
let online = 0; // expect: no-state-in-variables
const names = new Map(); // expect: no-state-in-variables

module.exports = (app) => {
  app.io.on("connection", (socket) => {
    online += 1;
    socket.emit("online", online);
  });
};

exports.hook = (name, args, done) => {
  const settings = args.io.of("/settings");
  settings.on("connection", (socket) => {
    socket.on("name", (given) => names.set(socket.id, given));
  });
  return done(name);
};

exports.boot = ({ strapi }) => {
  strapi.io.on("connection", (client) => {
    let clicks = 0; // expect: no-state-in-variables
    client.on("click", () => {
      clicks += 1;
    });
  });
};
