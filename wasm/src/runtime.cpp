// What a Wasm module without imports needs of a runtime: memory, and traps instead of messages and
// exceptions. Compiled into core.wasm only.
#include <cstddef>
#include <cstdint>
#include <new>

#include "allocator.h"

/// Where the linker says that free memory starts. Only its address means something.
extern char dormouse_heap_base __asm__("__heap_base");

namespace {

using dormouse::Allocator;

[[noreturn]] void trap() { __builtin_trap(); }

char* pointer_to(std::size_t address) {
  // The machine itself speaks of memory in numbers.
  return reinterpret_cast<char*>(address);  // NOLINT(performance-no-int-to-ptr)
}

/// What the module came with first, then whole pages.
char* take_pages(std::size_t& size) {
  constexpr std::size_t kPage = 65'536;
  static bool has_given_initial = false;
  const std::size_t end = __builtin_wasm_memory_size(0) * kPage;
  const std::size_t start =
      (reinterpret_cast<std::uintptr_t>(&dormouse_heap_base) + Allocator::kUnit - 1) /
      Allocator::kUnit * Allocator::kUnit;
  if (!has_given_initial && end - start >= size) {
    has_given_initial = true;
    size = end - start;
    return pointer_to(start);
  }
  has_given_initial = true;
  const std::size_t pages = (size + kPage - 1) / kPage;
  if (__builtin_wasm_memory_grow(0, pages) == SIZE_MAX) return nullptr;
  size = pages * kPage;
  return pointer_to(end);
}

constinit Allocator allocator(take_pages);

void* allocate(std::size_t size) {
  void* memory = allocator.allocate(size);
  if (memory == nullptr) trap();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { allocator.free(memory); }
void operator delete[](void* memory) noexcept { allocator.free(memory); }
void operator delete(void* memory, std::size_t) noexcept { allocator.free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { allocator.free(memory); }

// The libc's own allocator would take the same memory: whoever calls it gets ours. There is no
// `realloc`, so that linking fails if anybody needs one.
extern "C" {
void* malloc(std::size_t size) { return allocator.allocate(size); }
void free(void* memory) { allocator.free(memory); }
}

#if defined(__wasm_bulk_memory__)
// The machine has instructions for these; the libc's loops are longer and slower.
extern "C" {
void* memcpy(void* to, const void* from, std::size_t size) {
  return __builtin_memcpy(to, from, size);
}
void* memmove(void* to, const void* from, std::size_t size) {
  return __builtin_memmove(to, from, size);
}
void* memset(void* to, int value, std::size_t size) { return __builtin_memset(to, value, size); }
}
#endif

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
