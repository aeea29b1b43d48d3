// What has a client, or something else altogether, as `io`.
let received = 0;
const lines = [];

exports.show = (app) => {
  app.io.on("connect", () => app.render(received));
  app.io.on("news", (text) => {
    received += 1;
    lines.push(text);
  });
};

exports.read = (device) => {
  device.io.on("data", (line) => lines.push(line));
  device.io.of("serial");
};
