#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace train_backbone::ops {

// A parameter and the group whose treatment it shares, whatever that is.
struct ArenaParameter {
  std::string name;
  at::Tensor tensor;
  size_t group = 0;
};

// One stretch of the arena: all parameters of a group.
struct ArenaSegment {
  int64_t begin = 0;  // first element
  int64_t end = 0;    // one past the last
  size_t group = 0;
};

// Where one parameter lives in the arena.
struct ArenaSlot {
  std::string name;
  at::Tensor tensor;     // the parameter itself, a view of the weights
  int64_t offset = 0;    // its first element
  int64_t elements = 0;  // without the gap behind it
  size_t order = 0;      // its position among the parameters as they were given
};

// Keeps all parameters of a model in one flat tensor and all gradients in another. The model's
// parameters and their .grad become views of them: 4-D parameters channels-last, all others
// contiguous. Order: by group, within a group as given. Each begins on a cache line; the gaps
// between them are zero in weights and gradients and stay so under any update that keeps zeros (so
// `total` is a little more than the number of parameters). The arena must outlive the model's use;
// parameters must not be replaced afterwards.
class FlatArena {
 public:
  // `parameters` are leaf tensors with requires_grad on one device, where the arena then is, too,
  // all fp32 or all fp64; their values are kept. Throws std::invalid_argument for others.
  explicit FlatArena(std::vector<ArenaParameter> parameters);

  [[nodiscard]] const at::Tensor& weights() const { return weights_; }      // [total]
  [[nodiscard]] const at::Tensor& gradients() const { return gradients_; }  // [total]
  // In the order of their groups; they cover the arena, and no group has two.
  [[nodiscard]] const std::vector<ArenaSegment>& segments() const { return segments_; }
  // By offset. A slot ends where the next one of its segment, or the segment's end, begins.
  [[nodiscard]] const std::vector<ArenaSlot>& slots() const { return slots_; }
  // Keeps a copy of the weights, as they are now, in a 16-bit type, for passes that compute in it.
  // Whoever changes the weights afterwards writes the copy, too, as ops::nesterov_sgd() does.
  void keep_copy(at::ScalarType type);
  // [total]; undefined without keep_copy().
  [[nodiscard]] const at::Tensor& copy() const { return copy_; }
  // To be called before every backward pass: gradients are added to what is there.
  void zero_gradients();

  // A flat tensor [total] seen as the parameters' shapes and names, for saving and loading per
  // parameter (momentum). The views share the memory of `flat`.
  [[nodiscard]] std::vector<std::pair<std::string, at::Tensor>> views_of(
      const at::Tensor& flat) const;

 private:
  // Fills slots_ and segments_; returns `total`.
  int64_t lay_out(const std::vector<ArenaParameter>& parameters);

  std::vector<ArenaSlot> slots_;
  std::vector<ArenaSegment> segments_;
  at::Tensor weights_;
  at::Tensor gradients_;
  at::Tensor copy_;
};

}  // namespace train_backbone::ops
