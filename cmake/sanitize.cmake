option(DORMOUSE_SANITIZERS "Build under ASan and UBSan" ON)

# Compiles and links a target, and whoever links it, under ASan and UBSan; any finding is fatal.
function(dormouse_sanitize target)
  if(NOT DORMOUSE_SANITIZERS)
    return()
  endif()
  set(flags -fsanitize=address,undefined -fno-sanitize-recover=all
    -fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/cmake/ubsan-ignorelist.txt)
  target_compile_options(${target} PUBLIC ${flags} -fno-omit-frame-pointer)
  target_link_options(${target} PUBLIC ${flags})
endfunction()
