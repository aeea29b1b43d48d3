/** Entry of the page's script. */
import { App } from "./app.ts";

void new App().start();
