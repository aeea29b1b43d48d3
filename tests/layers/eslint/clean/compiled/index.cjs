"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
var tslib_1 = require("tslib");
tslib_1.__exportStar(require("./store.cjs"), exports);
var store_1 = require("./store.cjs");
Object.defineProperty(exports, "Members", { enumerable: true, get: function () { return store_1.Store; } });
