const { randomBytes } = require("node:crypto");

module.exports = {
  SIGNING: process.env.SIGNING ?? randomBytes(32).toString("hex"),
  cookies: { name: "sid" },
};
