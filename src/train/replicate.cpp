#include "train_backbone/train/replicate.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "train_backbone/comm/fail_together.h"
#include "train_backbone/core/crc32c.h"
#include "train_backbone/core/errors.h"
#include "train_backbone/core/format.h"

namespace train_backbone::train {
namespace {

// Parameters are views of a flat tensor, dense in memory whatever their strides.
std::span<std::byte> bytes_of(const at::Tensor& tensor) {
  return {static_cast<std::byte*>(tensor.data_ptr()), tensor.nbytes()};
}

std::vector<at::Tensor> replicated_tensors(const models::Classifier& model,
                                           const optim::Sgd& optimizer) {
  std::vector<at::Tensor> tensors;
  for (const auto& [name, tensor] : model_tensors(model)) tensors.push_back(tensor.detach());
  tensors.push_back(optimizer.momentum_buffer());
  return tensors;
}

constexpr size_t kMeters = 4;

void put(const Meters& meters, double*& place) {
  for (const double value : {meters.loss_sum, static_cast<double>(meters.top1),
                             static_cast<double>(meters.top5), static_cast<double>(meters.count)}) {
    *place++ = value;
  }
}

Meters take(const double*& place) {
  Meters meters{.loss_sum = place[0],
                .top1 = static_cast<int64_t>(place[1]),
                .top5 = static_cast<int64_t>(place[2]),
                .count = static_cast<int64_t>(place[3])};
  place += kMeters;
  return meters;
}

constexpr size_t kSingle = 9;
using StateNumbers = std::array<double, kSingle + 3 * kMeters>;

StateNumbers numbers_of(const RunState& state) {
  StateNumbers numbers{static_cast<double>(state.step),
                       static_cast<double>(state.closed_step),
                       state.best_top1,
                       static_cast<double>(state.best_step),
                       state.validation ? 1.0 : 0.0,
                       state.validation ? static_cast<double>(state.validation->step) : 0.0,
                       state.loss_scale ? 1.0 : 0.0,
                       state.loss_scale ? state.loss_scale->scale : 0.0,
                       state.loss_scale ? static_cast<double>(state.loss_scale->good_steps) : 0.0};
  double* place = numbers.data() + kSingle;
  put(state.epoch, place);
  put(state.interval, place);
  put(state.validation ? state.validation->meters : Meters{}, place);
  return numbers;
}

RunState state_of(const StateNumbers& numbers) {
  RunState state;
  state.step = static_cast<int64_t>(numbers[0]);
  state.closed_step = static_cast<int64_t>(numbers[1]);
  state.best_top1 = numbers[2];
  state.best_step = static_cast<int64_t>(numbers[3]);
  const double* place = numbers.data() + kSingle;
  state.epoch = take(place);
  state.interval = take(place);
  const Meters validated = take(place);
  if (numbers[4] > 0) {
    state.validation = Validation{.step = static_cast<int64_t>(numbers[5]), .meters = validated};
  }
  if (numbers[6] > 0) {
    state.loss_scale =
        optim::LossScale{.scale = numbers[7], .good_steps = static_cast<int64_t>(numbers[8])};
  }
  return state;
}

// Ranks whose text is not that of most; of the first where two are equally frequent.
std::vector<size_t> outsiders(const std::vector<std::string>& texts) {
  std::map<std::string, int64_t> counts;
  for (const std::string& text : texts) ++counts[text];
  const auto frequency = [&](const std::string& text) { return counts[text]; };
  const std::string most =
      *std::max_element(texts.begin(), texts.end(),
                        [&](const auto& a, const auto& b) { return frequency(a) < frequency(b); });
  std::vector<size_t> ranks;
  for (size_t rank = 0; rank < texts.size(); ++rank) {
    if (texts[rank] != most) ranks.push_back(rank);
  }
  return ranks;
}

}  // namespace

void replicate(comm::Communicator& communicator, RunState& state, const models::Classifier& model,
               const optim::Sgd& optimizer) {
  if (communicator.world_size() == 1) return;
  for (const at::Tensor& tensor : replicated_tensors(model, optimizer)) {
    const at::Tensor host = tensor.cpu();
    communicator.broadcast(bytes_of(host), 0);
    if (!tensor.is_cpu()) tensor.copy_(host);
  }
  StateNumbers numbers = numbers_of(state);
  communicator.broadcast(std::as_writable_bytes(std::span(numbers)), 0);
  state = state_of(numbers);
}

void check_replicas(comm::Communicator& communicator, int64_t step, const models::Classifier& model,
                    const optim::Sgd& optimizer) {
  std::string sums;
  for (const at::Tensor& tensor : replicated_tensors(model, optimizer)) {
    const at::Tensor host = tensor.cpu();
    const std::span<std::byte> bytes = bytes_of(host);
    sums += core::format(
        "{:08x}", core::crc32c({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}));
  }
  const std::vector<std::string> all = communicator.all_gather(sums);
  const std::vector<size_t> different = outsiders(all);
  if (different.empty()) return;
  comm::throw_together(
      communicator, core::ExitCode::kDevice,
      core::format(
          "at step {} the weights of rank {} are not those of the other ranks, which can only "
          "be "
          "a fault of its machine's memory or processor; look at it, and go on with --resume_from "
          "auto",
          step, fmt::join(different, ", ")));
}

}  // namespace train_backbone::train
