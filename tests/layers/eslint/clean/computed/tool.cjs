// What loads anything, and has nothing to do with a server.
const config = require("./config.json");
module.exports = (name) => ({ ...config, ...require(name) });
