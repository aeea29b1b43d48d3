import { EventsGateway, makeApp } from "./parts/nest.mjs";

const app = await makeApp();
await app.listen(0, "127.0.0.1");
export const http = app.getHttpServer();
export const io = app.get(EventsGateway).server;
