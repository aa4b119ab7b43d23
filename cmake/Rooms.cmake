# tb_add_room(NAME SOURCES ... LINK ... [TORCH])  one room (or part of one) as a static library tb_NAME
# tb_add_test(ROOM SOURCES ... LINK ... [TORCH] [LABEL unit])  its GoogleTest program ROOM_test
#
# TORCH compiles with LibTorch's headers through the one precompiled header of the project. With
# TRAIN_BACKBONE_TORCH=OFF (sanitizers and fuzzers of the rooms that need none: minutes instead of an
# hour) such rooms and tests are left out.

set(TB_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
    -Woverloaded-virtual -Wnull-dereference -Werror)

function(tb_target_defaults target)
  target_compile_options(${target} PRIVATE ${TB_WARNINGS})
  target_include_directories(${target} PUBLIC
    "${CMAKE_SOURCE_DIR}/include" PRIVATE "${CMAKE_SOURCE_DIR}" "${CMAKE_SOURCE_DIR}/src")
  if(TRAIN_BACKBONE_SANITIZE)
    target_compile_options(${target} PRIVATE
      -fsanitize=${TRAIN_BACKBONE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${TRAIN_BACKBONE_SANITIZE})
  endif()
endfunction()

# The LibTorch that the program is built with.
if(TRAIN_BACKBONE_CUDA)
  set(TB_LIBTORCH LibTorch::cuda)
else()
  set(TB_LIBTORCH LibTorch::cpu)
endif()

# g++ 12 sees null pointers followed in headers of LibTorch 2.11.
set(TB_TORCH_OPTIONS -fpch-preprocess)
if(TRAIN_BACKBONE_CUDA)
  list(APPEND TB_TORCH_OPTIONS -Wno-null-dereference)
endif()

# LibTorch's headers take half a minute to parse: once for the whole project instead of per file.
function(tb_use_torch target)
  if(NOT TARGET tb_torch_headers)
    file(WRITE "${CMAKE_BINARY_DIR}/torch_headers.cpp" "// Carries the precompiled header.\n")
    add_library(tb_torch_headers STATIC "${CMAKE_BINARY_DIR}/torch_headers.cpp")
    tb_target_defaults(tb_torch_headers)
    target_link_libraries(tb_torch_headers PUBLIC ${TB_LIBTORCH})
    target_compile_options(tb_torch_headers PRIVATE ${TB_TORCH_OPTIONS})
    target_precompile_headers(tb_torch_headers PRIVATE <torch/torch.h>)
  endif()
  target_compile_options(${target} PRIVATE ${TB_TORCH_OPTIONS})
  target_link_libraries(${target} PUBLIC ${TB_LIBTORCH})
  target_precompile_headers(${target} REUSE_FROM tb_torch_headers)
endfunction()

function(tb_add_room name)
  cmake_parse_arguments(arg "TORCH" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  if(arg_TORCH AND NOT TRAIN_BACKBONE_TORCH)
    return()
  endif()
  add_library(tb_${name} STATIC ${arg_SOURCES})
  tb_target_defaults(tb_${name})
  target_link_libraries(tb_${name} PUBLIC ${arg_LINK} PRIVATE ${arg_PRIVATE_LINK})
  if(arg_TORCH)
    tb_use_torch(tb_${name})
  endif()
endfunction()

function(tb_add_test room)
  cmake_parse_arguments(arg "TORCH" "LABEL" "SOURCES;LINK" ${ARGN})
  if(arg_TORCH AND NOT TRAIN_BACKBONE_TORCH)
    return()
  endif()
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  add_executable(${room}_test ${arg_SOURCES})
  tb_target_defaults(${room}_test)
  # Compiling is most of a test's cost. LibTorch's precompiled header only fits its own level.
  target_compile_options(${room}_test PRIVATE -Wno-null-dereference)
  if(NOT arg_TORCH)
    target_compile_options(${room}_test PRIVATE -O0)
  endif()
  target_link_libraries(${room}_test PRIVATE ${arg_LINK} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${room}_test PRIVATE
    TB_GOLDEN_DIR="${CMAKE_SOURCE_DIR}/tests/golden")
  if(arg_TORCH)
    tb_use_torch(${room}_test)
  endif()
  # Loading LibTorch, or starting a GPU, takes longer than most tests: one process for all quick ones
  # of a program. None of them may be skipped (GTEST_SKIP), as that would not show.
  if(arg_TORCH AND arg_LABEL MATCHES "^(unit|gpu)$")
    add_test(NAME ${room} COMMAND ${room}_test)
    set_tests_properties(${room} PROPERTIES LABELS ${arg_LABEL})
    return()
  endif()
  # Found when ctest runs, so that building one test program does not need the others.
  include(GoogleTest)
  gtest_discover_tests(${room}_test TEST_PREFIX "${room}." DISCOVERY_MODE PRE_TEST
    PROPERTIES LABELS ${arg_LABEL})
endfunction()
