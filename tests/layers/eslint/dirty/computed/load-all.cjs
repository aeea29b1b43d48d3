const fs = require("node:fs");

module.exports = (folder, ...args) => {
  for (const file of fs.readdirSync(folder)) require(`${folder}/${file}`)(...args);
};
