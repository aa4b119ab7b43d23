#include "data/image/planned_transform.h"

#include <utility>

#include "data/image/thread_clock.h"

namespace train_backbone::data {

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

// The decode comes first: it pays for cold caches and new tables, as it does in apply().
void PlannedTransform::measure(std::span<const uint8_t> encoded, core::SampleRng& rng,
                               std::span<uint8_t> pixels, TransformSeconds& seconds) {
  ThreadClock clock;
  const PictureView view = planner_->plan(decoder_.open(encoded), rng);
  const PixelView decoded = decoder_.decode(view.box, decoded_);
  const double decode = clock.lap();
  resizer_->resize(decoded, view.rows, view.columns, pixels);
  seconds.resize += clock.lap();
  decoder_.open(encoded);
  decoder_.decode_entropy(view.box);
  const double entropy = clock.lap();
  seconds.entropy += entropy;
  seconds.pixels += decode - entropy;
}

std::unique_ptr<ImageTransform> PlannedTransform::clone() const {
  return std::make_unique<PlannedTransform>(planner_, style_, resampling_);
}

}  // namespace train_backbone::data
