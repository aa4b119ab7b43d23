// The tests that need a GPU. Without one they fail, all of them: a GPU lane that is green has run.
#include <gtest/gtest.h>

#include <exception>
#include <iostream>
#include <string>

#include "tests/gpu/gpu.h"
#include "train_backbone/core/errors.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  try {
    const std::string device = train_backbone::test::set_up_gpu();
    std::cout << "gpu_test: on " << device << std::endl;
  } catch (const std::exception& error) {
    std::cerr << "gpu_test: there is no GPU to test on: " << error.what() << std::endl;
    return static_cast<int>(train_backbone::core::ExitCode::kDevice);
  }
  return RUN_ALL_TESTS();
}
