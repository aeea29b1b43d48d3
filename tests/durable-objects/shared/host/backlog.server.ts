/** The Node host in a process of its own, so that its clients are not kept as busy as it is. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "../../../../durable-objects/node/index.ts";
import { OPTIONS, setup } from "./backlog.application.ts";

const http = createServer();
setup(new Server(http, OPTIONS) as never);
http.listen(0, "127.0.0.1", () => process.send?.((http.address() as AddressInfo).port));
