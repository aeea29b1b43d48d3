# Emscripten, as a standalone module without its JavaScript.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

find_program(DORMOUSE_EMXX NAMES em++ REQUIRED)
find_program(DORMOUSE_EMAR NAMES emar REQUIRED)
find_program(DORMOUSE_EMRANLIB NAMES emranlib REQUIRED)
set(CMAKE_CXX_COMPILER ${DORMOUSE_EMXX})
set(CMAKE_AR ${DORMOUSE_EMAR})
set(CMAKE_RANLIB ${DORMOUSE_EMRANLIB})

# Emscripten's versions differ by years; only clang 19 decides about warnings.
set(DORMOUSE_WARNINGS_AS_ERRORS OFF CACHE BOOL "")
set(CMAKE_CXX_FLAGS_INIT "-flto -include ${CMAKE_CURRENT_LIST_DIR}/libcxx-13.h")
string(JOIN " " CMAKE_EXE_LINKER_FLAGS_INIT
  "-flto -Oz -sSTANDALONE_WASM --no-entry -sFILESYSTEM=0 -sMALLOC=none"
  # Small at first, as clang's module is: every object has one.
  "-sALLOW_MEMORY_GROWTH=1 -sTOTAL_STACK=65536 -sINITIAL_MEMORY=131072")
