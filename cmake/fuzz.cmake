# One libFuzzer executable for each tests/wasm/fuzz/<name>.cpp; its seeds are in tests/wasm/fuzz/corpus/<name>.
include(cmake/sanitize.cmake)
target_compile_options(core PUBLIC -fsanitize=fuzzer-no-link)
dormouse_sanitize(core)

file(GLOB fuzz_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/wasm/fuzz/*.cpp)
foreach(source IN LISTS fuzz_sources)
  cmake_path(GET source STEM name)
  add_executable(${name} ${source})
  target_include_directories(${name} PRIVATE tests/wasm/fuzz)
  target_link_libraries(${name} PRIVATE core)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endforeach()
# The boundary is not part of the library.
target_sources(fuzz_abi PRIVATE wasm/src/abi.cpp)
