const database = require("./database.json");
exports.joined = 0;
exports.limit = 10;
exports.addTo = (name) => {
  exports.joined += 1;
  database.users.push(name);
  return [database.users, exports.joined, exports.limit];
};
