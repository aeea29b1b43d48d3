# The core on this machine under AddressSanitizer and UndefinedBehaviorSanitizer: doctest binary and
# the generator of glue/core/abi.gen.ts.
include(cmake/sanitize.cmake)
dormouse_sanitize(core)
enable_testing()

add_executable(generate_abi wasm/tools/generate_abi.cpp)
target_link_libraries(generate_abi PRIVATE core)

find_package(doctest REQUIRED)
include(doctest)
file(GLOB_RECURSE test_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/wasm/*.cpp)
list(FILTER test_sources EXCLUDE REGEX /tests/wasm/fuzz/)
add_executable(core_tests ${test_sources})
target_include_directories(core_tests PRIVATE tests/wasm)
target_link_libraries(core_tests PRIVATE core doctest::doctest)
doctest_discover_tests(core_tests)
