// Usage: nvrtc_compile LIBRARY SOURCE INCLUDE_FOLDER ARCHITECTURE
//
// Compiles device code with NVRTC, the run-time compiler of CUDA: the smallest tool that still
// makes code for V100 (sm_70), which nvcc 13 does not. Exit code 1 and the compiler's messages
// where it fails.
#include <dlfcn.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

// What is needed of nvrtc.h; the program is an opaque pointer, results other than 0 are errors.
using Program = void*;

class Nvrtc {
 public:
  explicit Nvrtc(const char* library) : handle_(dlopen(library, RTLD_NOW)) {
    if (handle_ == nullptr) throw std::runtime_error(dlerror());
  }

  template <class... Arguments>
  int call(const char* name, Arguments... arguments) const {
    auto* const function = reinterpret_cast<int (*)(Arguments...)>(dlsym(handle_, name));
    if (function == nullptr) throw std::runtime_error(dlerror());
    return function(arguments...);
  }

 private:
  void* handle_;
};

std::string read_file(const char* path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(std::string("cannot read ") + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string log_of(const Nvrtc& nvrtc, Program program) {
  size_t size = 0;
  nvrtc.call("nvrtcGetProgramLogSize", program, &size);
  std::string log(size, '\0');
  nvrtc.call("nvrtcGetProgramLog", program, log.data());
  return log;
}

int run(const std::vector<char*>& arguments) {
  if (arguments.size() != 5) throw std::runtime_error("four arguments are needed");
  const Nvrtc nvrtc(arguments[1]);
  const std::string source = read_file(arguments[2]);
  Program program = nullptr;
  nvrtc.call("nvrtcCreateProgram", &program, source.c_str(), static_cast<const char*>(arguments[2]),
             0, static_cast<const char* const*>(nullptr), static_cast<const char* const*>(nullptr));
  const std::string include = std::string("--include-path=") + arguments[3];
  const std::string architecture = std::string("--gpu-architecture=") + arguments[4];
  const char* const options[] = {include.c_str(), architecture.c_str(), "--std=c++17"};
  const int failed =
      nvrtc.call("nvrtcCompileProgram", program, 3, static_cast<const char* const*>(options));
  std::printf("%s", log_of(nvrtc, program).c_str());
  size_t size = 0;
  if (failed == 0) nvrtc.call("nvrtcGetCUBINSize", program, &size);
  std::printf("%s: %zu bytes of code\n", arguments[4], size);
  return size > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nvrtc_compile: %s\n", error.what());
    return 1;
  }
}
