import module from "../../durable-objects/shared/platform/core-module.ts";
import * as PongSource from "../../glue/core/abi/pong-source.gen.ts";
import { configDefaults } from "../../glue/core/abi.gen.ts";
import { Core } from "../../glue/core/core.ts";
import { BenchObject as Gated } from "./raw-gated.worker.ts";

export { default } from "./raw-gated.worker.ts";

/** The object with a gate, when it also makes an instance of our core. */
export class BenchObject extends Gated {
  protected readonly core = new Core(module, {
    ...configDefaults,
    pongSource: PongSource.auto_response,
  });
}
