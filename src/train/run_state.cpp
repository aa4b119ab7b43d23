#include "train_backbone/train/run_state.h"

#include "train_backbone/io/tensor_apply.h"

namespace train_backbone::train {

io::NamedTensors model_tensors(const models::Classifier& model) {
  io::NamedTensors tensors;
  for (const auto& item : model.named_parameters()) tensors.emplace_back(item.key(), item.value());
  for (const auto& item : model.named_buffers()) tensors.emplace_back(item.key(), item.value());
  return tensors;
}

io::Checkpoint capture(const RunState& state, const models::Classifier& model,
                       const ops::FlatArena& arena, const optim::Sgd& optimizer) {
  io::Checkpoint checkpoint;
  checkpoint.step = state.step;
  checkpoint.best_top1 = state.best_top1;
  checkpoint.best_step = state.best_step;
  checkpoint.meters["closed_step"] = static_cast<double>(state.closed_step);
  put_meters(state.epoch, "epoch", checkpoint.meters);
  put_meters(state.interval, "interval", checkpoint.meters);
  if (state.validation) {
    checkpoint.meters["validation.step"] = static_cast<double>(state.validation->step);
    put_meters(state.validation->meters, "validation", checkpoint.meters);
  }
  if (state.loss_scale) {
    checkpoint.meters["loss_scale"] = state.loss_scale->scale;
    checkpoint.meters["loss_scale.good_steps"] = static_cast<double>(state.loss_scale->good_steps);
  }
  checkpoint.model = model_tensors(model);
  checkpoint.optimizer = arena.views_of(optimizer.momentum_buffer());
  return checkpoint;
}

RunState restore(const io::Checkpoint& checkpoint, const std::filesystem::path& path,
                 const models::Classifier& model, const ops::FlatArena& arena,
                 const optim::Sgd& optimizer) {
  io::apply_tensors(checkpoint.model, model_tensors(model), path);
  io::apply_tensors(checkpoint.optimizer, arena.views_of(optimizer.momentum_buffer()), path);
  RunState state;
  state.step = checkpoint.step;
  state.best_top1 = checkpoint.best_top1;
  state.best_step = checkpoint.best_step;
  state.epoch = get_meters(checkpoint.meters, "epoch");
  state.interval = get_meters(checkpoint.meters, "interval");
  const auto closed = checkpoint.meters.find("closed_step");
  if (closed != checkpoint.meters.end()) state.closed_step = static_cast<int64_t>(closed->second);
  const auto validated = checkpoint.meters.find("validation.step");
  if (validated != checkpoint.meters.end()) {
    state.validation = Validation{.step = static_cast<int64_t>(validated->second),
                                  .meters = get_meters(checkpoint.meters, "validation")};
  }
  const auto scale = checkpoint.meters.find("loss_scale");
  const auto good = checkpoint.meters.find("loss_scale.good_steps");
  if (scale != checkpoint.meters.end() && good != checkpoint.meters.end()) {
    state.loss_scale =
        optim::LossScale{.scale = scale->second, .good_steps = static_cast<int64_t>(good->second)};
  }
  return state;
}

}  // namespace train_backbone::train
