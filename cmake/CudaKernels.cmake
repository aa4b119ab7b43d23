# tb_add_cuda_kernels(NAME SOURCES ...)  the launch files (.cu) of a room as an object library
# tb_NAME, which a room with a GPU path links. Called only where TRAIN_BACKBONE_CUDA is set.
#
# The CUDA language needs nvcc: CMAKE_CUDA_COMPILER, or on PATH, or in /usr/local/cuda/bin.
# CMAKE_CUDA_ARCHITECTURES says for which GPUs; default: Turing to Blackwell, which nvcc 13 knows.

function(tb_add_cuda_kernels name)
  cmake_parse_arguments(arg "" "" "SOURCES" ${ARGN})
  add_library(tb_${name} OBJECT ${arg_SOURCES})
  target_include_directories(tb_${name} PRIVATE "${CMAKE_SOURCE_DIR}/src")
  # Launch files are C++17 with CUDA's headers alone, for every toolkit from 11.8 on.
  set_target_properties(tb_${name} PROPERTIES
    CUDA_STANDARD 17 CUDA_STANDARD_REQUIRED ON CUDA_RUNTIME_LIBRARY Shared
    POSITION_INDEPENDENT_CODE ON)
  target_compile_options(tb_${name} PRIVATE -Xcompiler=-Wall,-Wextra)
endfunction()

if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 75-real 80-real 90-real 120)
endif()
if(NOT DEFINED CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
  find_program(TB_NVCC nvcc HINTS /usr/local/cuda/bin)
  if(NOT TB_NVCC)
    message(FATAL_ERROR "TRAIN_BACKBONE_CUDA needs nvcc: set CMAKE_CUDA_COMPILER, or install a CUDA "
                        "toolkit (nvcc and the runtime's headers suffice)")
  endif()
  set(CMAKE_CUDA_COMPILER "${TB_NVCC}")
endif()
enable_language(CUDA)
