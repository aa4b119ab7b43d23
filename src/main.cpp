// The program's table of contents: which commands there are. Each one owns its options and its
// work.
#include <memory>

#include "commands/benchmark_command.h"
#include "commands/doctor/doctor_command.h"
#include "commands/export_command.h"
#include "commands/inspect_command.h"
#include "commands/models_command.h"
#include "commands/prepare_command.h"
#include "commands/train_command.h"
#include "commands/validate_command.h"
#include "train_backbone/config/guarded.h"
#include "train_backbone/config/guide_commands.h"
#include "train_backbone/config/program.h"

namespace {

namespace commands = train_backbone::commands;
namespace config = train_backbone::config;

// The first command is the one meant by a line without a command.
config::CommandList all_commands() {
  config::CommandList list;
  list.push_back(std::make_unique<commands::TrainCommand>());
  list.push_back(std::make_unique<commands::PrepareCommand>());
  list.push_back(std::make_unique<commands::ValidateCommand>());
  list.push_back(std::make_unique<commands::ExportCommand>());
  list.push_back(std::make_unique<commands::InspectCommand>());
  list.push_back(std::make_unique<commands::ModelsCommand>());
  list.push_back(std::make_unique<commands::BenchmarkCommand>());
  list.push_back(std::make_unique<commands::DoctorCommand>());
  list.push_back(std::make_unique<config::CompletionCommand>());
  list.push_back(std::make_unique<config::GuideCommand>());
  return list;
}

}  // namespace

int main(int argc, char** argv) {
  return config::run_guarded([&] {
    const config::Arguments arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    return config::run_program(all_commands(), arguments, config::process_environment());
  });
}
