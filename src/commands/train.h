#pragma once

#include <map>
#include <string>

#include "commands/settings.h"

namespace train_backbone::commands {

// The resolved configuration as text.
struct ResolvedText {
  std::string toml;                           // content of run.toml: values with their origin
  std::map<std::string, std::string> values;  // name -> value of every option
};

// Trains as `settings` say and returns the exit code: 0, or 128 + n when signal n stopped the run
// after its state was saved. All checks come before anything is written to --model_dir.
// Throws core::Error.
int run_train(TrainSettings settings, const ResolvedText& resolved);

}  // namespace train_backbone::commands
