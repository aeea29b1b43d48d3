/** The cores of this isolate: to be loaded before any object is made. */
export const instances: WebAssembly.Instance[] = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = new Proxy(Instance, {
  construct(target, args) {
    const instance = Reflect.construct(target, args) as WebAssembly.Instance;
    instances.push(instance);
    return instance;
  },
});

/** Overwrites a core's memory, so that it soon follows a pointer to nowhere. */
export function poison(instance: WebAssembly.Instance): void {
  const memory = instance.exports.memory as WebAssembly.Memory;
  new Uint8Array(memory.buffer).fill(0xff);
}
