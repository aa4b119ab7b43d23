#include "train_backbone/train/meters.h"

#include <limits>

#include "train_backbone/core/format.h"

namespace train_backbone::train {
namespace {

double share(double sum, int64_t count) {
  return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(count);
}

}  // namespace

Meters& Meters::operator+=(const Meters& other) {
  loss_sum += other.loss_sum;
  top1 += other.top1;
  top5 += other.top5;
  count += other.count;
  return *this;
}

double Meters::mean_loss() const { return share(loss_sum, count); }
double Meters::top1_percent() const { return share(100.0 * static_cast<double>(top1), count); }
double Meters::top5_percent() const { return share(100.0 * static_cast<double>(top5), count); }

void put_meters(const Meters& meters, std::string_view prefix,
                std::map<std::string, double>& values) {
  values[core::format("{}.loss_sum", prefix)] = meters.loss_sum;
  values[core::format("{}.top1", prefix)] = static_cast<double>(meters.top1);
  values[core::format("{}.top5", prefix)] = static_cast<double>(meters.top5);
  values[core::format("{}.count", prefix)] = static_cast<double>(meters.count);
}

Meters get_meters(const std::map<std::string, double>& values, std::string_view prefix) {
  const auto get = [&](std::string_view name) {
    const auto found = values.find(core::format("{}.{}", prefix, name));
    return found == values.end() ? 0.0 : found->second;
  };
  return {.loss_sum = get("loss_sum"),
          .top1 = static_cast<int64_t>(get("top1")),
          .top5 = static_cast<int64_t>(get("top5")),
          .count = static_cast<int64_t>(get("count"))};
}

}  // namespace train_backbone::train
