#include "sample_command.h"

#include "train_backbone/core/errors.h"

namespace train_backbone::config {
namespace {

class WorkCommand : public Command {
 public:
  explicit WorkCommand(Outcome& outcome) : outcome_(outcome) {}
  [[nodiscard]] std::string_view name() const override { return "work"; }
  [[nodiscard]] std::string_view summary() const override { return "do the work"; }
  std::vector<OptionGroup> option_groups() override {
    return {{.title = "Sample", .options = &outcome_.options}};
  }
  int run(const ResolvedConfig& resolved) override {
    outcome_.resolved = resolved;
    outcome_.ran = "work";
    return 0;
  }

 private:
  Outcome& outcome_;
};

class LookCommand : public Command {
 public:
  explicit LookCommand(Outcome& outcome) : outcome_(outcome) {}
  [[nodiscard]] std::string_view name() const override { return "look"; }
  [[nodiscard]] std::string_view summary() const override { return "look at a file"; }
  std::vector<OptionGroup> option_groups() override {
    return {{.title = "Path", .options = &outcome_.path}};
  }
  int run(const ResolvedConfig& resolved) override {
    outcome_.resolved = resolved;
    outcome_.ran = "look";
    return 0;
  }

 private:
  Outcome& outcome_;
};

}  // namespace

void SampleOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(data_dir, {.name = "data_dir", .help = "folder of the data", .required = true});
  visitor.option(batch_size, {.name = "batch_size",
                              .help = "pictures per step",
                              .bound = core::at_least(1),
                              .unit = "images per rank",
                              .short_name = "b"});
  visitor.option(max_steps, {.name = "max_steps", .help = "stop early"});
  visitor.option(
      learning_rate,
      {.name = "learning_rate", .help = "peak rate", .bound = core::above(0), .short_name = "lr"});
  visitor.option(weight_decay, {.name = "weight_decay", .help = "torch's"});
  visitor.option(half_decay,
                 {.name = "half_decay", .help = "Keras'", .instead_of = "weight_decay"});
  visitor.option(schedule, {.name = "schedule",
                            .help = "shape of the learning rate",
                            .choices = {"cosine", "piecewise_short"}});
  visitor.option(fp32, {.name = "fp32", .help = "single precision", .short_name = "fp32"});
  visitor.option(quiet, {.name = "quiet", .help = "no progress"});
}

void PathOptions::visit_options(core::OptionVisitor& visitor) {
  visitor.option(path, {.name = "path", .help = "file", .positional = true, .required = true});
  visitor.option(records, {.name = "records", .help = "how many are shown"});
  visitor.option(quiet, {.name = "quiet", .help = "no progress"});
}

CommandList sample_commands(Outcome& outcome) {
  CommandList commands;
  commands.push_back(std::make_unique<WorkCommand>(outcome));
  commands.push_back(std::make_unique<LookCommand>(outcome));
  return commands;
}

Outcome run_sample(const Arguments& arguments, const std::vector<std::string>& environment) {
  Arguments line = {"--data_dir=/data"};
  for (const std::string& argument : arguments) line.push_back(argument);
  Outcome outcome;
  run_program(sample_commands(outcome), line, environment);
  return outcome;
}

std::string usage_error(const Arguments& arguments, const std::vector<std::string>& environment) {
  try {
    Outcome outcome;
    run_program(sample_commands(outcome), arguments, environment);
  } catch (const core::UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace train_backbone::config
