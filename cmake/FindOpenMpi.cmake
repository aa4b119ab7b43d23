# Finds Open MPI's C library and defines OpenMpi::mpi. CMake's own FindMPI wants the C language to be
# enabled for the project, and asks the compiler wrapper, which is one more package.
find_path(OpenMpi_INCLUDE_DIR mpi.h
  PATH_SUFFIXES openmpi openmpi/include
  PATHS /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/openmpi/include)
find_library(OpenMpi_LIBRARY NAMES mpi
  PATHS /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/openmpi/lib)
mark_as_advanced(OpenMpi_INCLUDE_DIR OpenMpi_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenMpi
  REQUIRED_VARS OpenMpi_LIBRARY OpenMpi_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "Open MPI is missing: run scripts/setup, or install libopenmpi-dev")

if(OpenMpi_FOUND AND NOT TARGET OpenMpi::mpi)
  add_library(OpenMpi::mpi UNKNOWN IMPORTED)
  set_target_properties(OpenMpi::mpi PROPERTIES
    IMPORTED_LOCATION "${OpenMpi_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${OpenMpi_INCLUDE_DIR}")
endif()
