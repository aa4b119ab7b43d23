// Usage: input_rate FOLDER [WORKERS [SECONDS [SEMANTICS]]]
//
// Pictures per second of the training pipeline: batches of 128, 224 px, WORKERS threads (default
// 2), over the train-* shards in FOLDER. The first batches are not counted. Prints that and the
// microseconds of CPU time per picture.

#include <chrono>
#include <cstdio>
#include <ctime>
#include <exception>
#include <limits>
#include <stdexcept>
#include <string>

#include "train_backbone/data/batch/sources.h"

namespace {

using train_backbone::data::RecordStore;
using train_backbone::data::ShardIndex;

constexpr int kSize = 224;
constexpr int64_t kBatch = 128;
constexpr int kUncounted = 4;

void measure(const RecordStore& store, int workers, double seconds, const std::string& semantics) {
  using Clock = std::chrono::steady_clock;
  const auto transform = train_backbone::data::make_training_transform(
      "original", kSize, train_backbone::data::parse_augment_semantics(semantics));
  const auto source =
      train_backbone::data::make_training_source(store, *transform,
                                                 {.seed = 1,
                                                  .batch_size = kBatch,
                                                  .global_batch_size = kBatch,
                                                  .end_step = std::numeric_limits<uint32_t>::max(),
                                                  .num_classes = 1000,
                                                  .image_size = kSize,
                                                  .workers = workers});
  for (int batch = 0; batch < kUncounted; ++batch) {
    source->next();
  }
  const Clock::time_point begin = Clock::now();
  const std::clock_t busy_begin = std::clock();  // of all threads
  int64_t pictures = 0;
  double passed = 0;
  while (passed < seconds) {
    source->next();
    pictures += kBatch;
    passed = std::chrono::duration<double>(Clock::now() - begin).count();
  }
  const double busy = static_cast<double>(std::clock() - busy_begin) / CLOCKS_PER_SEC;
  std::printf("%.1f %.0f\n", static_cast<double>(pictures) / passed,
              busy / static_cast<double>(pictures) * 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 2) {
      throw std::invalid_argument("usage: input_rate FOLDER [WORKERS [SECONDS [SEMANTICS]]]");
    }
    const RecordStore store(ShardIndex::open(argv[1], "train"));
    const int workers = argc > 2 ? std::stoi(argv[2]) : 2;
    const double seconds = argc > 3 ? std::stod(argv[3]) : 5;
    measure(store, workers, seconds, argc > 4 ? argv[4] : "tf");
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "input_rate: %s\n", error.what());
    return 1;
  }
}
