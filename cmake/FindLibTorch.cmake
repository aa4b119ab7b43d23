# Finds an unpacked LibTorch or torch wheel and defines the imported targets the rooms link to.
#
#   LibTorch::cpu   libtorch_cpu + libc10, headers by -idirafter
#   LibTorch::cuda  with component CUDA: that, libtorch_cuda, libc10_cuda and the CUDA runtime
#   LibTorch::nccl  with component CUDA: the NCCL that this LibTorch is linked to
# and LibTorch_RPATH, the folders of their libraries; with component CUDA also
# LibTorch_CUDA_ARCHITECTURES_TEXT, what its GPU code was made for ("75;80"; empty: not known).
#
# Searched: the CMake or environment variable LIBTORCH_ROOT, which names the folder that holds
# `torch/` (an unpacked wheel) or `include/` and `lib/` (a LibTorch archive).
# Why not find_package(Torch): it enables the CUDA language and looks for a whole CUDA toolkit even
# for a CPU program. Why -idirafter: newer wheels carry own copies of fmt and protobuf headers,
# which must never win over the system's. Why not libtorch.so: it only pulls in libtorch_cuda.

if(NOT LIBTORCH_ROOT AND DEFINED ENV{LIBTORCH_ROOT})
  set(LIBTORCH_ROOT "$ENV{LIBTORCH_ROOT}")
endif()

set(LibTorch_HOME "")
foreach(candidate "${LIBTORCH_ROOT}/torch" "${LIBTORCH_ROOT}")
  if(NOT LibTorch_HOME AND EXISTS "${candidate}/include/ATen/ATen.h")
    get_filename_component(LibTorch_HOME "${candidate}" ABSOLUTE)
  endif()
endforeach()

# Newer versions keep the numbers in the second file.
foreach(header torch/csrc/api/include/torch/version.h torch/headeronly/version.h)
  if(LibTorch_HOME AND NOT LibTorch_VERSION AND EXISTS "${LibTorch_HOME}/include/${header}")
    file(STRINGS "${LibTorch_HOME}/include/${header}" version_lines
         REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
    if(version_lines MATCHES "MAJOR ([0-9]+).*MINOR ([0-9]+).*PATCH ([0-9]+)")
      set(LibTorch_VERSION "${CMAKE_MATCH_1}.${CMAKE_MATCH_2}.${CMAKE_MATCH_3}")
    endif()
  endif()
endforeach()

foreach(name torch_cpu c10)
  find_library(LibTorch_${name}_LIBRARY ${name} PATHS "${LibTorch_HOME}/lib" NO_DEFAULT_PATH)
  mark_as_advanced(LibTorch_${name}_LIBRARY)
endforeach()

if("CUDA" IN_LIST LibTorch_FIND_COMPONENTS)
  include(LibTorchCuda)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_HOME LibTorch_torch_cpu_LIBRARY LibTorch_c10_LIBRARY
  VERSION_VAR LibTorch_VERSION
  HANDLE_COMPONENTS
  REASON_FAILURE_MESSAGE
    "no LibTorch in LIBTORCH_ROOT='${LIBTORCH_ROOT}'. Run scripts/setup, or set LIBTORCH_ROOT to the folder that holds torch/ or include/ and lib/")

if(LibTorch_FOUND AND NOT TARGET LibTorch::cpu)
  # A system-wide LibTorch would be found before anything given by -idirafter.
  if(EXISTS "/usr/include/torch/version.h" OR EXISTS "/usr/include/ATen/ATen.h")
    message(FATAL_ERROR
      "A system-wide LibTorch in /usr/include would hide the one in ${LibTorch_HOME}. "
      "Remove the package libtorch-dev.")
  endif()
  add_library(LibTorch::cpu INTERFACE IMPORTED)
  target_compile_options(LibTorch::cpu INTERFACE
    "SHELL:-idirafter \"${LibTorch_HOME}/include\""
    "SHELL:-idirafter \"${LibTorch_HOME}/include/torch/csrc/api/include\"")
  target_link_libraries(LibTorch::cpu INTERFACE
    "${LibTorch_torch_cpu_LIBRARY}" "${LibTorch_c10_LIBRARY}")
  # The NVIDIA folders are where a wheel keeps the two CUDA libraries that libtorch_cpu needs.
  set(LibTorch_RPATH "${LibTorch_HOME}/lib")
  foreach(part cuda_runtime cuda_cupti)
    list(APPEND LibTorch_RPATH "${LibTorch_HOME}/../nvidia/${part}/lib")
  endforeach()
  target_link_options(LibTorch::cpu INTERFACE "-Wl,--allow-shlib-undefined")
  if("CUDA" IN_LIST LibTorch_FIND_COMPONENTS)
    libtorch_add_cuda_targets()
  endif()
endif()
