# tb_add_cuda_kernels(NAME SOURCES ...)  the launch files (.cu) of a room as an object library
# tb_NAME, which a room with a GPU path links.
#
# Included only where TRAIN_BACKBONE_CUDA is set. Sets TB_CUDA_KERNELS where there is an nvcc for it
# (CMAKE_CUDA_COMPILER, or on PATH, or in /usr/local/cuda/bin): 13 for the build "cuda", 12 for
# "cuda12", as the program has one CUDA runtime. Without one, GPUs compute with ATen's kernels.
# CMAKE_CUDA_ARCHITECTURES says for which GPUs.

function(tb_add_cuda_kernels name)
  cmake_parse_arguments(arg "" "" "SOURCES" ${ARGN})
  add_library(tb_${name} OBJECT ${arg_SOURCES})
  target_include_directories(tb_${name} PRIVATE "${CMAKE_SOURCE_DIR}/src")
  # Launch files are C++17 with CUDA's headers alone, for every toolkit from 11.8 on.
  set_target_properties(tb_${name} PROPERTIES
    CUDA_STANDARD 17 CUDA_STANDARD_REQUIRED ON CUDA_RUNTIME_LIBRARY None
    POSITION_INDEPENDENT_CODE ON)
  target_compile_options(tb_${name} PRIVATE -Xcompiler=-Wall,-Wextra)
endfunction()

if(TRAIN_BACKBONE_CUDA STREQUAL "cuda12")
  set(wanted 12)
  set(architectures 70-real 75-real 80-real 90)
else()
  set(wanted 13)
  set(architectures 75-real 80-real 90-real 100-real 120)
endif()

set(TB_CUDA_KERNELS OFF)
set(compiler "${CMAKE_CUDA_COMPILER}")
if(NOT compiler)
  find_program(TB_NVCC nvcc HINTS /usr/local/cuda/bin)
  mark_as_advanced(TB_NVCC)
  set(compiler "${TB_NVCC}")
endif()
if(compiler)
  execute_process(COMMAND "${compiler}" --version OUTPUT_VARIABLE version)
  if(version MATCHES "release ([0-9]+)" AND CMAKE_MATCH_1 EQUAL wanted)
    set(TB_CUDA_KERNELS ON)
  endif()
endif()

if(TB_CUDA_KERNELS)
  set(CMAKE_CUDA_COMPILER "${compiler}")
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES ${architectures})
  endif()
  enable_language(CUDA)
else()
  message(STATUS "Own kernels for GPUs are left out: they need nvcc ${wanted} "
                 "(CMAKE_CUDA_COMPILER). ATen's serve instead, more slowly.")
endif()
