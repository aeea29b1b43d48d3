// What a Wasm module without imports needs of a runtime: traps instead of messages and exceptions.
// Compiled into core.wasm only.
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

[[noreturn]] void trap() { __builtin_trap(); }

void* allocate(std::size_t size) {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) trap();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

#if defined(__EMSCRIPTEN__)
extern "C" {
// Emscripten's libc calls these; nobody listens.
[[noreturn]] void proc_exit(int) { trap(); }
void emscripten_notify_memory_growth(std::size_t) {}
}
#elif defined(__wasm__)
#include <version>
namespace std {
inline namespace __1 {
// libc++ reports failed checks through this; the default pulls in stdio.
[[noreturn]] void __libcpp_verbose_abort(const char*, ...) { trap(); }
}  // namespace __1
}  // namespace std
#endif
