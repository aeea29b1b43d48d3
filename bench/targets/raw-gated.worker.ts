import { BenchObject as Woken } from "./raw-woken.worker.ts";

export { default } from "./raw-woken.worker.ts";

/** The object that reads what was kept, when it also closes its gate until something that may wait is set up. */
export class BenchObject extends Woken {
  constructor(...parameters: ConstructorParameters<typeof Woken>) {
    super(...parameters);
    this.ctx.blockConcurrencyWhile(async () => {});
  }
}
