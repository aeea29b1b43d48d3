# core.wasm: everything in wasm/src, with no imports. The flags that depend on the toolchain are in
# toolchain-*.cmake.
set(DORMOUSE_MODULE_COPY "" CACHE FILEPATH "Where core.wasm is copied to; empty for nowhere")

target_compile_options(core PUBLIC -fvisibility=hidden -ffunction-sections -fdata-sections)

add_executable(core_module ${boundary_sources})
set_target_properties(core_module PROPERTIES OUTPUT_NAME core SUFFIX .wasm)
target_compile_options(core_module PRIVATE -fno-exceptions -fno-rtti)
target_link_libraries(core_module PRIVATE core)
# Where the calls are that are no exports: see DORMOUSE_LATE_CALLS.
target_link_options(core_module PRIVATE LINKER:--export-table)

# What clang's own run of wasm-opt leaves: 380 bytes of an upload, gzipped, at the same speed.
# --low-memory-unused: the linker puts nothing into the first 1,024 bytes, so that small offsets need no additions.
# --flatten --rereloop: branches are made anew, and are shorter. --reorder-functions: those that are called often get
# short numbers, which pack better.
if(DORMOUSE_WASM_OPT)
  add_custom_command(
    TARGET core_module POST_BUILD
    COMMAND ${DORMOUSE_WASM_OPT} --enable-bulk-memory --enable-sign-ext --enable-nontrapping-float-to-int
      --low-memory-unused --flatten --rereloop -Oz -Oz --reorder-functions --strip-target-features
      $<TARGET_FILE:core_module> -o $<TARGET_FILE:core_module>)
endif()

if(DORMOUSE_MODULE_COPY)
  add_custom_command(
    OUTPUT ${DORMOUSE_MODULE_COPY}
    COMMAND ${CMAKE_COMMAND} -E copy $<TARGET_FILE:core_module> ${DORMOUSE_MODULE_COPY}
    DEPENDS core_module
    COMMENT "Copying core.wasm to ${DORMOUSE_MODULE_COPY}")
  add_custom_target(core_module_copy ALL DEPENDS ${DORMOUSE_MODULE_COPY})
endif()
