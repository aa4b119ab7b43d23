# The GPU half of FindLibTorch.cmake: looks for it and sets LibTorch_CUDA_FOUND.
#
# The NVIDIA wheels lie in nvidia/ beside torch/: one folder per library for CUDA 12, one for all of
# CUDA 13 (cu13) and some of their own. They have libraries with a version in the name only, so
# each is named by its path.
get_filename_component(LibTorch_NVIDIA "${LibTorch_HOME}/../nvidia" ABSOLUTE)

foreach(name torch_cuda c10_cuda)
  find_library(LibTorch_${name}_LIBRARY ${name} PATHS "${LibTorch_HOME}/lib" NO_DEFAULT_PATH)
  mark_as_advanced(LibTorch_${name}_LIBRARY)
endforeach()
file(GLOB LibTorch_cudart_LIBRARY "${LibTorch_NVIDIA}/*/lib/libcudart.so.*")
file(GLOB LibTorch_nccl_LIBRARY "${LibTorch_NVIDIA}/nccl/lib/libnccl.so.*")

# CUDA 13's runtime wheel lacks the folder crt, which its headers include: that one alone comes from
# the toolkit, whose other folders hold libraries of other versions.
file(GLOB LibTorch_CUDA_INCLUDES "${LibTorch_NVIDIA}/*/include")
list(FILTER LibTorch_CUDA_INCLUDES EXCLUDE REGEX "/nccl/include$")
set(crt_header "")
foreach(folder IN LISTS LibTorch_CUDA_INCLUDES)
  if(EXISTS "${folder}/crt/host_defines.h")
    set(crt_header "${folder}/crt/host_defines.h")
  endif()
endforeach()
if(NOT crt_header)
  find_program(LibTorch_NVCC nvcc PATHS /usr/local/cuda/bin)
  mark_as_advanced(LibTorch_NVCC)
  get_filename_component(toolkit "${LibTorch_NVCC}" REALPATH)
  get_filename_component(toolkit "${toolkit}/../../include" ABSOLUTE)
  if(EXISTS "${toolkit}/crt/host_defines.h")
    file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/cuda_crt")
    file(CREATE_LINK "${toolkit}/crt" "${CMAKE_BINARY_DIR}/cuda_crt/crt" SYMBOLIC)
    list(APPEND LibTorch_CUDA_INCLUDES "${CMAKE_BINARY_DIR}/cuda_crt")
    set(crt_header "${toolkit}/crt/host_defines.h")
  endif()
endif()

set(LibTorch_CUDA_FOUND FALSE)
if(NOT LibTorch_torch_cuda_LIBRARY OR NOT LibTorch_c10_cuda_LIBRARY OR NOT LibTorch_cudart_LIBRARY
   OR NOT LibTorch_nccl_LIBRARY)
  message(STATUS "LibTorch: no CUDA libraries in ${LibTorch_HOME}/lib and ${LibTorch_NVIDIA}. "
                 "Run scripts/setup --cuda or --cuda12")
elseif(NOT crt_header)
  message(STATUS "LibTorch: the headers of a CUDA toolkit are missing (crt/host_defines.h). "
                 "Install one of the same version, so that nvcc is found")
else()
  set(LibTorch_CUDA_FOUND TRUE)
endif()

# What the wheels' GPU code was made for.
set(LibTorch_CUDA_ARCHITECTURES_TEXT "")
if(LibTorch_VERSION VERSION_EQUAL 2.11.0 AND LibTorch_cudart_LIBRARY MATCHES "so[.]13")
  set(LibTorch_CUDA_ARCHITECTURES_TEXT "75,80,86,90,100,120")
elseif(LibTorch_VERSION VERSION_EQUAL 2.7.1 AND LibTorch_cudart_LIBRARY MATCHES "so[.]12")
  set(LibTorch_CUDA_ARCHITECTURES_TEXT "50,60,70,75,80,86,90")
endif()

function(libtorch_add_cuda_targets)
  add_library(LibTorch::cuda INTERFACE IMPORTED)
  target_include_directories(LibTorch::cuda SYSTEM INTERFACE ${LibTorch_CUDA_INCLUDES})
  # Nobody refers to libtorch_cuda: it makes itself known when it is loaded.
  target_link_libraries(LibTorch::cuda INTERFACE LibTorch::cpu
    "-Wl,--push-state,--no-as-needed" "${LibTorch_torch_cuda_LIBRARY}" "-Wl,--pop-state"
    "${LibTorch_c10_cuda_LIBRARY}" "${LibTorch_cudart_LIBRARY}")
  add_library(LibTorch::nccl INTERFACE IMPORTED)
  target_include_directories(LibTorch::nccl SYSTEM INTERFACE "${LibTorch_NVIDIA}/nccl/include")
  target_link_libraries(LibTorch::nccl INTERFACE "${LibTorch_nccl_LIBRARY}")
  file(GLOB folders "${LibTorch_NVIDIA}/*/lib")
  set(LibTorch_RPATH ${LibTorch_RPATH} ${folders} PARENT_SCOPE)
endfunction()
