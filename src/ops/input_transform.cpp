#include "train_backbone/ops/input_transform.h"

#include <ATen/ops/empty.h>

#include <stdexcept>

#include "ops/input_transform_cpu.h"
#include "ops/parallel.h"
#include "train_backbone/core/format.h"

namespace train_backbone::ops {
namespace {

PixelRun make_run(const Normalisation& normalisation) {
  PixelRun run;
  for (size_t i = 0; i < run.mean.size(); ++i) {
    run.mean[i] = normalisation.mean[i % 3];
    run.deviation[i] = normalisation.deviation[i % 3];
  }
  return run;
}

void check_output(const at::Tensor& output) {
  const bool good = output.dim() == 4 && output.size(1) == 3 && output.is_cpu() &&
                    output.scalar_type() == at::kFloat &&
                    output.is_contiguous(at::MemoryFormat::ChannelsLast);
  if (!good) {
    throw std::invalid_argument(
        "normalise_and_mix: output must be float [N, 3, H, W], channels-last, on the CPU");
  }
}

void check_mix(std::span<const MixPartner> mix, int64_t samples) {
  if (!mix.empty() && static_cast<int64_t>(mix.size()) != samples) {
    throw std::invalid_argument(
        core::format("normalise_and_mix: {} mix partners for {} samples", mix.size(), samples));
  }
  for (const MixPartner& partner : mix) {
    if (partner.partner < 0 || partner.partner >= samples) {
      throw std::invalid_argument(
          core::format("normalise_and_mix: partner {} of {} samples", partner.partner, samples));
    }
  }
}

}  // namespace

void normalise_and_mix(std::span<const uint8_t> pixels, const Normalisation& normalisation,
                       std::span<const MixPartner> mix, at::Tensor output) {
  check_output(output);
  if (static_cast<int64_t>(pixels.size()) != output.numel()) {
    throw std::invalid_argument(core::format("normalise_and_mix: {} pixel bytes for {} outputs",
                                             pixels.size(), output.numel()));
  }
  const int64_t samples = output.size(0);
  check_mix(mix, samples);
  if (samples == 0) return;
  const PixelRun run = make_run(normalisation);
  const int64_t sample_bytes = output.numel() / samples;
  const uint8_t* const input = pixels.data();
  float* const out = output.mutable_data_ptr<float>();
  parallel_ranges(samples, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t offset = i * sample_bytes;
      const MixPartner partner =
          mix.empty() ? MixPartner{.partner = i} : mix[static_cast<size_t>(i)];
      if (partner.partner == i || partner.weight == 1.0F) {
        normalise_cpu(input + offset, out + offset, sample_bytes, run);
      } else {
        normalise_mixed_cpu(input + offset, input + partner.partner * sample_bytes, partner.weight,
                            out + offset, sample_bytes, run);
      }
    }
  });
}

at::Tensor empty_images(int64_t n, int64_t height, int64_t width) {
  return at::empty({n, 3, height, width}, at::TensorOptions().dtype(at::kFloat),
                   at::MemoryFormat::ChannelsLast);
}

}  // namespace train_backbone::ops
