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
[[noreturn]] void __wasi_proc_exit(int) { trap(); }
void emscripten_notify_memory_growth(std::size_t) {}
}
#endif

#if defined(_LIBCPP_VERSION) && _LIBCPP_VERSION >= 150000
// libc++ reports failed checks through this; the default pulls in stdio and, with it, imports.
_LIBCPP_BEGIN_NAMESPACE_STD
[[noreturn]] void __libcpp_verbose_abort(const char*, ...) { trap(); }
_LIBCPP_END_NAMESPACE_STD
#endif
