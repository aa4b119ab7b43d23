#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "commands/log_options.h"
#include "train_backbone/config/command.h"
#include "train_backbone/core/options.h"

namespace train_backbone::commands {

// Names and meanings are those of `train`, so that its line can be asked about.
struct DoctorOptions : core::Options {
  std::string train_data_dir;
  std::string validation_data_dir;
  std::string index_dir;
  std::string model_dir = "checkpoints";
  std::string model = "resnet50v1_b";
  int64_t num_classes = 1000;
  std::string device = "auto";
  bool share_gpu = false;
  int64_t workers = 0;
  int64_t compute_threads = 0;
  int64_t check_records = 500;
  double disk_seconds = 3;

  void visit_options(core::OptionVisitor& visitor) override;
};

// Is this machine, with these data, ready to train?
class DoctorCommand : public config::Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "doctor"; }
  [[nodiscard]] std::string_view summary() const override {
    return "is this machine ready to train: device, memory, limits, cores, disk, shards, ranks";
  }
  std::vector<config::OptionGroup> option_groups() override;
  void complete_options() override;
  [[nodiscard]] core::LogLevel log_level() const override {
    return lowest_level(output_.log_level, output_.quiet);
  }
  // A line per finding; the last one is JSON: ok, warnings, errors, findings. Returns 0 without
  // errors, 3 with one about data, else 4. Collective under a launcher; the first rank prints.
  int run(const config::ResolvedConfig& resolved) override;

 private:
  int look();

  DoctorOptions options_;
  OutputOptions output_;
};

}  // namespace train_backbone::commands
