# Finds an unpacked LibTorch or torch wheel and defines the imported targets the rooms link to.
#
#   LibTorch::cpu   libtorch_cpu + libc10, headers by -idirafter
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

set(version_header "${LibTorch_HOME}/include/torch/csrc/api/include/torch/version.h")
if(LibTorch_HOME AND EXISTS "${version_header}")
  file(STRINGS "${version_header}" version_lines REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX REPLACE "[^0-9]*([0-9]+)[^0-9]+([0-9]+)[^0-9]+([0-9]+).*" "\\1.\\2.\\3"
         LibTorch_VERSION "${version_lines}")
endif()

foreach(name torch_cpu c10)
  find_library(LibTorch_${name}_LIBRARY ${name} PATHS "${LibTorch_HOME}/lib" NO_DEFAULT_PATH)
  mark_as_advanced(LibTorch_${name}_LIBRARY)
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_HOME LibTorch_torch_cpu_LIBRARY LibTorch_c10_LIBRARY
  VERSION_VAR LibTorch_VERSION
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
endif()
