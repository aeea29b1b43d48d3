/** The cores of this isolate, each with its memory right after it was made: to be loaded before any object is made. */
const cores: { instance: WebAssembly.Instance; fresh?: Uint8Array }[] = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = new Proxy(Instance, {
  construct(target, args) {
    const instance = Reflect.construct(target, args) as WebAssembly.Instance;
    const core: (typeof cores)[number] = { instance };
    cores.push(core);
    queueMicrotask(() => {
      core.fresh = memoryOf(instance).slice();
    });
    return instance;
  },
});

/**
 * Overwrites the memory of each core that was used, so that it soon follows a pointer to nowhere. One that was made ahead
 * stays as it is. Returns how many.
 */
export function poisonAll(): number {
  const used = cores.filter(({ instance, fresh }) => {
    const memory = memoryOf(instance);
    return fresh === undefined || memory.some((byte, at) => byte !== fresh[at]);
  });
  for (const { instance } of used) memoryOf(instance).fill(0xff);
  return used.length;
}

function memoryOf(instance: WebAssembly.Instance): Uint8Array {
  return new Uint8Array((instance.exports.memory as WebAssembly.Memory).buffer);
}
