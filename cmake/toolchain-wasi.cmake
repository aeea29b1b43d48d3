# Debian's clang-19 with wasi-libc and libc++, or the wasi-sdk at WASI_SDK_PATH.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)

if(DEFINED ENV{WASI_SDK_PATH})
  set(CMAKE_CXX_COMPILER $ENV{WASI_SDK_PATH}/bin/clang++)
  set(CMAKE_AR $ENV{WASI_SDK_PATH}/bin/llvm-ar)
  set(CMAKE_RANLIB $ENV{WASI_SDK_PATH}/bin/llvm-ranlib)
  # Newer compilers know warnings that the sources were not written against.
  set(DORMOUSE_WARNINGS_AS_ERRORS OFF CACHE BOOL "")
else()
  find_program(DORMOUSE_CLANG NAMES clang++-19 clang++ REQUIRED)
  find_program(DORMOUSE_AR NAMES llvm-ar-19 llvm-ar REQUIRED)
  find_program(DORMOUSE_RANLIB NAMES llvm-ranlib-19 llvm-ranlib REQUIRED)
  # clang runs it where there is one, and it makes the module 5 KB smaller: not by chance.
  find_program(DORMOUSE_WASM_OPT NAMES wasm-opt REQUIRED)
  set(CMAKE_CXX_COMPILER ${DORMOUSE_CLANG})
  set(CMAKE_AR ${DORMOUSE_AR})
  set(CMAKE_RANLIB ${DORMOUSE_RANLIB})
endif()

# Every engine that Workers or Node 20 brings knows these instructions.
set(CMAKE_CXX_FLAGS_INIT "-flto -mbulk-memory -msign-ext -mnontrapping-fptoint")
# wasm-opt is told that the first 1,024 bytes are empty: see wasm.cmake.
set(CMAKE_EXE_LINKER_FLAGS_INIT
  "-mexec-model=reactor -flto -Wl,--gc-sections,--strip-all,-O3,--lto-O2,--global-base=1024")
