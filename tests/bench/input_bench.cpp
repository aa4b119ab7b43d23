// Usage: input_bench FOLDER [PREFIX [ROUNDS [RECORDS]]]
//
// One core: plain libjpeg-turbo decode of the records in FOLDER, the training pipeline and the
// evaluation pipeline (224 px), alternating, each round over the next RECORDS records. Prints the
// microseconds per picture of each round, the median ratios to plain decode (above 1: faster than
// it) and where the pipelines' time goes.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "train_backbone/data/bench/input_cost.h"
#include "train_backbone/data/image/transform.h"
#include "train_backbone/data/record/record_store.h"

namespace {

using train_backbone::data::ImageTransform;
using train_backbone::data::InputCost;
using train_backbone::data::InputSeconds;
using train_backbone::data::RecordStore;
using train_backbone::data::ShardIndex;

constexpr int kSize = 224;
constexpr uint64_t kSeed = 1;

std::vector<uint64_t> round_records(uint64_t round, uint64_t count, uint64_t size) {
  std::vector<uint64_t> records(count);
  for (uint64_t index = 0; index < count; ++index) {
    records[index] = (round * count + index) % size;
  }
  return records;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

void print_shares(const char* name, const InputSeconds& seconds, double pictures) {
  const auto print = [&](const char* stage, double part) {
    std::printf("  %s %.0f us (%.1f %%)", stage, part / pictures * 1e6,
                100 * part / seconds.total());
  };
  std::printf("%-10s", name);
  print("read", seconds.read);
  print("crc", seconds.checksum);
  print("parse", seconds.parse);
  print("entropy", seconds.transform.entropy);
  print("pixels", seconds.transform.pixels);
  print("resize", seconds.transform.resize);
  std::printf("\n");
}

void measure(const RecordStore& store, uint64_t rounds, uint64_t count) {
  const auto training = train_backbone::data::make_training_transform("original", kSize);
  const auto evaluation = train_backbone::data::make_evaluation_transform(kSize, 0.875);
  InputCost train_cost(store, *training, kSize, kSeed);
  InputCost eval_cost(store, *evaluation, kSize, kSeed);
  std::vector<double> plain;
  std::vector<double> train_ratios;
  std::vector<double> eval_ratios;
  for (uint64_t round = 0; round < rounds; ++round) {
    const std::vector<uint64_t> records = round_records(round, count, store.size());
    train_cost.pipeline_seconds(records, round);  // page cache, CPU caches
    const double whole = train_cost.plain_decode_seconds(records);
    const double train = train_cost.pipeline_seconds(records, round);
    const double eval = eval_cost.pipeline_seconds(records, round);
    const double scale = 1e6 / static_cast<double>(count);
    std::printf("round %2d: plain decode %.0f us, training %.0f us, evaluation %.0f us\n",
                static_cast<int>(round), whole * scale, train * scale, eval * scale);
    plain.push_back(whole);
    train_ratios.push_back(whole / train);
    eval_ratios.push_back(whole / eval);
  }
  const double per_second = static_cast<double>(count) / median(plain);
  std::printf("median: plain decode %.0f img/s, training / plain %.3f, evaluation / plain %.3f\n",
              per_second, median(train_ratios), median(eval_ratios));
  const std::vector<uint64_t> all =
      round_records(0, std::min(store.size(), 4 * count), store.size());
  const auto pictures = static_cast<double>(all.size());
  print_shares("training", train_cost.stage_seconds(all, 0), pictures);
  print_shares("evaluation", eval_cost.stage_seconds(all, 0), pictures);
}

uint64_t number(int argc, char** argv, int at, uint64_t otherwise) {
  return argc > at ? std::stoull(argv[at]) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 2) {
      throw std::invalid_argument("usage: input_bench FOLDER [PREFIX [ROUNDS [RECORDS]]]");
    }
    const RecordStore store(ShardIndex::open(argv[1], argc > 2 ? argv[2] : "train"));
    measure(store, number(argc, argv, 3, 15), number(argc, argv, 4, 100));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "input_bench: %s\n", error.what());
    return 1;
  }
}
