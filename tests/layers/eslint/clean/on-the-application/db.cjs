const mongoose = require("mongoose");
exports.connect = () => mongoose.createConnection(process.env.DATABASE);
