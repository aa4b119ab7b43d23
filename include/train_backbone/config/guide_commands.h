#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "train_backbone/config/command.h"

namespace train_backbone::config {

struct CompletionOptions : core::Options {
  std::string shell;

  void visit_options(core::OptionVisitor& visitor) override;
};

// Prints a script that completes the program's line.
class CompletionCommand : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "completion"; }
  [[nodiscard]] std::string_view summary() const override {
    return "print a script that completes this program's line in bash, zsh or fish";
  }
  std::vector<OptionGroup> option_groups() override;
  void look_at(const CommandList& commands) override { commands_ = &commands; }
  int run(const ResolvedConfig& resolved) override;

 private:
  CompletionOptions options_;
  const CommandList* commands_ = nullptr;
};

struct GuideOptions : core::Options {
  std::string format;

  void visit_options(core::OptionVisitor& visitor) override;
};

// Prints the guide to all options.
class GuideCommand : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "guide"; }
  [[nodiscard]] std::string_view summary() const override {
    return "print the guide to all options: markdown, or man for a manual page";
  }
  std::vector<OptionGroup> option_groups() override;
  void look_at(const CommandList& commands) override { commands_ = &commands; }
  int run(const ResolvedConfig& resolved) override;

 private:
  GuideOptions options_;
  const CommandList* commands_ = nullptr;
};

}  // namespace train_backbone::config
