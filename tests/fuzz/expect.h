#pragma once

#include <cstdio>
#include <cstdlib>

namespace train_backbone::fuzz {

// A broken contract is a crash for libFuzzer, which then keeps the input.
inline void expect(bool holds, const char* contract) {
  if (holds) return;
  std::fprintf(stderr, "broken contract: %s\n", contract);
  std::abort();
}

}  // namespace train_backbone::fuzz
