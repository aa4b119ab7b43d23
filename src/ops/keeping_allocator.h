#pragma once

namespace train_backbone::ops {

// From now on LibTorch's large tensors on the CPU live in KeptBlocks. May be called again.
void keep_memory_of_tensors();

}  // namespace train_backbone::ops
