# core.wasm: everything in wasm/src, with no imports. The flags that depend on the toolchain are in
# toolchain-*.cmake.
foreach(source IN LISTS boundary_sources)
  if(EXISTS ${source})
    list(APPEND module_sources ${source})
  endif()
endforeach()

target_compile_options(core PUBLIC -fvisibility=hidden -ffunction-sections -fdata-sections)

add_executable(core_module ${module_sources})
set_target_properties(core_module PROPERTIES OUTPUT_NAME core SUFFIX .wasm)
target_compile_options(core_module PRIVATE -fno-exceptions -fno-rtti)
target_link_libraries(core_module PRIVATE core)
