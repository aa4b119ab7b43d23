# cmake --install BUILD --prefix PREFIX  writes bin/train_backbone and, below lib/train_backbone, the
# libraries of the LibTorch that it was built with. The folder may be moved: all find each other by
# relative paths, which is why the wheels' layout (torch/lib, nvidia/*/lib) is kept.
set(libraries lib/train_backbone)
set_target_properties(train_backbone PROPERTIES
  INSTALL_RPATH "$ORIGIN/../${libraries}/torch/lib;$ORIGIN/../${libraries}/nvidia/cuda_runtime/lib;$ORIGIN/../${libraries}/nvidia/cuda_cupti/lib")
install(TARGETS train_backbone RUNTIME DESTINATION bin)

set(torch_patterns PATTERN "libtorch_cpu.so" PATTERN "libc10.so" PATTERN "libgomp*")
set(nvidia_patterns PATTERN "libcudart.so*" PATTERN "libcupti.so*")
if(TRAIN_BACKBONE_CUDA)
  list(APPEND torch_patterns PATTERN "libtorch_cuda*.so" PATTERN "libc10_cuda.so"
       PATTERN "libtorch_nvshmem.so")
  # Not only what is linked: cuDNN and others load parts of themselves by name.
  set(nvidia_patterns PATTERN "*.so*")
  file(GLOB folders RELATIVE "${LibTorch_HOME}/../nvidia" "${LibTorch_HOME}/../nvidia/*/lib")
  foreach(folder IN LISTS folders)
    set_property(TARGET train_backbone APPEND PROPERTY
                 INSTALL_RPATH "$ORIGIN/../${libraries}/nvidia/${folder}")
  endforeach()
endif()
install(DIRECTORY "${LibTorch_HOME}/lib/" DESTINATION ${libraries}/torch/lib
        USE_SOURCE_PERMISSIONS FILES_MATCHING ${torch_patterns})
# A LibTorch that comes without NVIDIA's folders needs none of them.
install(DIRECTORY "${LibTorch_HOME}/../nvidia" DESTINATION ${libraries} OPTIONAL
        USE_SOURCE_PERMISSIONS FILES_MATCHING ${nvidia_patterns}
        PATTERN "include" EXCLUDE PATTERN "bin" EXCLUDE)
