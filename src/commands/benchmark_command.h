#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "commands/log_options.h"
#include "train_backbone/config/command.h"
#include "train_backbone/ops/options.h"

namespace train_backbone::commands {

struct BenchmarkOptions : core::Options {
  std::string measurement;  // input | step | allreduce
  std::string data;
  std::string index_dir;
  std::string augment = "original";
  std::string augment_semantics = "tf";
  int64_t image_size = 224;
  int64_t workers = 0;  // 0: one per allowed core
  double seconds = 20;
  bool share_gpu = false;
  std::string model;
  int64_t batch_size = 64;
  int64_t steps = 12;

  void visit_options(core::OptionVisitor& visitor) override;
};

// How fast this machine does a part of the work.
class BenchmarkCommand : public config::Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "benchmark"; }
  [[nodiscard]] std::string_view summary() const override {
    return "how fast this machine makes training batches, computes steps, or adds up between ranks";
  }
  std::vector<config::OptionGroup> option_groups() override;
  [[nodiscard]] core::LogLevel log_level() const override {
    return lowest_level(output_.log_level, output_.quiet);
  }
  int run(const config::ResolvedConfig& resolved) override;

 private:
  int run_allreduce();

  BenchmarkOptions options_;
  ops::DeviceOptions device_;
  OutputOptions output_;
};

}  // namespace train_backbone::commands
