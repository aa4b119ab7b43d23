#include "commands/memory_estimate.h"

#include <ATen/ops/zeros.h>
#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <atomic>
#include <memory>
#include <optional>

#include "commands/run_config.h"
#include "train_backbone/core/format.h"
#include "train_backbone/models/registry.h"
#include "train_backbone/models/weight_copies.h"

namespace train_backbone::commands {
namespace {

// Measured of ResNets at several sizes: the peak of a step is 1.3 to 1.45 times what the forward
// pass leaves, and the program without any tensors takes 250 to 300 MiB.
constexpr int64_t kWithGradients = 140;
constexpr int64_t kHundred = 100;
constexpr int64_t kProgram = int64_t{300} << 20;

constexpr double kGibi = 1024.0 * 1024.0 * 1024.0;

// Is told by LibTorch's allocator while a guard holds it.
class AllocationCounter final : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void* /*pointer*/, int64_t bytes, size_t /*allocated*/,
                         size_t /*reserved*/, c10::Device /*device*/) override {
    held_ += bytes;
  }
  [[nodiscard]] bool memoryProfilingEnabled() const override { return true; }
  [[nodiscard]] int64_t held() const { return held_; }

 private:
  std::atomic<int64_t> held_ = 0;
};

bool is_short(ops::Precision precision) { return ops::compute_type(precision) != at::kFloat; }

// Bytes that one picture's forward pass leaves for its backward pass.
int64_t activation_bytes(const TrainSettings& settings, ops::Precision precision) {
  const std::shared_ptr<models::Backbone> model =
      models::make_model(model_choice(settings), static_cast<uint64_t>(settings.train.seed));
  model->train();
  // The CPU is quicker at this one of the two.
  const at::ScalarType type = is_short(precision) ? at::kBFloat16 : at::kFloat;
  if (type != at::kFloat) models::compute_with_copies(*model, type, {});
  const int64_t size = training_image_size(settings);
  // Two, as batch normalisation has no variance of one value.
  constexpr int64_t kPictures = 2;
  const at::Tensor pictures = at::zeros({kPictures, 3, size, size}, type);
  const auto counter = std::make_shared<AllocationCounter>();
  const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, counter);
  const at::Tensor logits = model->forward(pictures);
  return counter->held() / kPictures;
}

double gibibytes(int64_t bytes) { return static_cast<double>(bytes) / kGibi; }

// The fewest parts of a pass of `batch_size` samples of which one fits; nothing where none does.
std::optional<int64_t> parts_that_fit(const MemoryEstimate& estimate, int64_t batch_size,
                                      int64_t available) {
  constexpr int64_t kLeastBatch = 2;  // mixup takes pairs
  for (int64_t parts = 2; batch_size / parts >= kLeastBatch; ++parts) {
    if (batch_size % parts != 0) continue;
    const int64_t saved = estimate.activations - estimate.activations / parts;
    if (estimate.total() - saved <= available) return parts;
  }
  return std::nullopt;
}

}  // namespace

MemoryEstimate estimate_memory(const TrainSettings& settings, ops::Precision precision,
                               int64_t workers) {
  constexpr int64_t kCopies = 3;
  const int64_t size = training_image_size(settings);
  const int64_t batch = rank_batch_size(settings);
  // As RingSource: two batches, those that the workers are at, and the one that is computed.
  const int64_t batches = 3 + (workers + batch - 1) / batch;
  const models::ModelCost cost = models::model_cost(model_choice(settings), size);
  const auto bytes = static_cast<int64_t>(sizeof(float));
  const int64_t copy = is_short(precision) ? bytes / 2 : 0;  // of each weight
  const int64_t pixels = 3 * size * size;
  return {.state = cost.parameters * (kCopies * bytes + copy),
          .activations = activation_bytes(settings, precision) * pass_batch_size(settings) *
                         kWithGradients / kHundred,
          .inputs = batch * pixels * bytes,
          .batches = batches * batch * pixels,
          .program = kProgram};
}

std::string memory_warning(const MemoryEstimate& estimate, const TrainSettings& settings,
                           int64_t ranks, int64_t available) {
  const int64_t needed = estimate.total() * ranks;
  if (needed <= available) return {};
  const std::string text = core::format(
      "this run needs about {:.1f} GiB of memory, and {:.1f} GiB are available here: the system "
      "may end it without a word",
      gibibytes(needed), gibibytes(available));
  const int64_t batch_size = pass_batch_size(settings);
  const auto parts = parts_that_fit(estimate, batch_size, available / ranks);
  if (!parts) return text + "; take a smaller --model, --train_image_size or --batch_size";
  return core::format(
      "{}; {}--accumulate_steps {} computes the same steps, but for batch normalisation, in passes "
      "that would fit",
      text,
      settings.train.global_batch_size ? "" : core::format("--batch_size {} ", batch_size / *parts),
      settings.train.accumulate_steps * *parts);
}

}  // namespace train_backbone::commands
