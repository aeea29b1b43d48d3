const { getIO } = require("./io.cjs");
exports.send = (text) => {
  getIO().emit("notice", text);
};
