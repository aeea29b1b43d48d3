// What the C++20 library of Debian's Emscripten (libc++ 13) lacks and the core uses. Included
// before every source by toolchain-emscripten.cmake.
#pragma once

#include <bit>

#if !defined(__cpp_lib_bit_cast)
namespace std {
template <typename To, typename From>
constexpr To bit_cast(const From& from) noexcept {
  return __builtin_bit_cast(To, from);
}
}  // namespace std
#endif
