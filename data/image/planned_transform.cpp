#include "data/image/planned_transform.h"

#include <chrono>
#include <utility>

namespace train_backbone::data {
namespace {

// Seconds since the last call.
class Laps {
 public:
  double next() {
    const Clock::time_point now = Clock::now();
    return std::chrono::duration<double>(now - std::exchange(last_, now)).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
};

}  // namespace

PlannedTransform::PlannedTransform(std::shared_ptr<const ViewPlanner> planner,
                                   const JpegStyle& style, Resampling resampling)
    : planner_(std::move(planner)),
      style_(style),
      resampling_(resampling),
      decoder_(style),
      resizer_(make_resizer(resampling)) {}

void PlannedTransform::apply(std::span<const uint8_t> encoded, core::SampleRng& rng,
                             std::span<uint8_t> pixels) {
  const PictureView view = planner_->plan(decoder_.open(encoded), rng);
  resizer_->resize(decoder_.decode(view.box, decoded_), view.rows, view.columns, pixels);
}

void PlannedTransform::measure(std::span<const uint8_t> encoded, core::SampleRng& rng,
                               std::span<uint8_t> pixels, TransformSeconds& seconds) {
  const PictureView view = planner_->plan(decoder_.open(encoded), rng);
  Laps laps;
  decoder_.open(encoded);
  decoder_.decode_entropy(view.box);
  const double entropy = laps.next();
  decoder_.open(encoded);
  const PixelView decoded = decoder_.decode(view.box, decoded_);
  const double decode = laps.next();
  resizer_->resize(decoded, view.rows, view.columns, pixels);
  seconds.resize += laps.next();
  seconds.entropy += entropy;
  seconds.pixels += decode - entropy;
}

std::unique_ptr<ImageTransform> PlannedTransform::clone() const {
  return std::make_unique<PlannedTransform>(planner_, style_, resampling_);
}

}  // namespace train_backbone::data
