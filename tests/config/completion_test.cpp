#include "config/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>

#include "sample_command.h"
#include "tests/support/scratch.h"

namespace train_backbone::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct NetworkOptions : core::Options {
  std::string network;

  void visit_options(core::OptionVisitor& visitor) override {
    visitor.option(network, {.name = "network",
                             .help = "what learns",
                             .suggestions = {"resnet18", "resnet50", "darknet"}});
  }
};

class LearnCommand : public Command {
 public:
  [[nodiscard]] std::string_view name() const override { return "learn"; }
  [[nodiscard]] std::string_view summary() const override { return "train a network"; }
  std::vector<OptionGroup> option_groups() override {
    return {{.title = "Network", .options = &options_}};
  }
  int run(const ResolvedConfig& /*resolved*/) override { return 0; }

 private:
  NetworkOptions options_;
};

std::string script(const std::string& shell) {
  Outcome outcome;
  CommandList commands = sample_commands(outcome);
  commands.push_back(std::make_unique<LearnCommand>());
  return completion_script(commands, shell);
}

// What bash offers for the last of these words.
std::string offered(const std::string& words, int last) {
  const auto folder = test::scratch_folder();
  std::filesystem::create_directories(folder / "a_folder");
  test::spill(folder / "a_file", "");
  test::spill(folder / "script", script("bash"));
  const std::string command = "cd " + folder.string() +
                              " && bash -c 'source ./script; COMP_WORDS=(train_backbone " + words +
                              "); COMP_CWORD=" + std::to_string(last) +
                              "; _train_backbone; echo ${COMPREPLY[*]}' 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::array<char, 4096> text{};
  const size_t count = std::fread(text.data(), 1, text.size(), pipe.get());
  return {text.data(), count};
}

TEST(Completion, BashOffersCommandsOptionsChoicesAndPaths) {
  EXPECT_EQ(offered("\"\"", 1), "work look learn\n");
  EXPECT_EQ(offered("lo", 1), "look\n");
  EXPECT_THAT(offered("work --b", 2), HasSubstr("--batch_size\n"));
  EXPECT_THAT(offered("--da", 1), HasSubstr("--data_dir\n"));  // work is meant without its name
  EXPECT_EQ(offered("work --schedule \"\"", 3), "cosine piecewise_short\n");
  EXPECT_EQ(offered("work --schedule p", 3), "piecewise_short\n");
  EXPECT_EQ(offered("work --data_dir a", 3), "a_folder\n");
  EXPECT_EQ(offered("work --data-dir a", 3), "a_folder\n");
  EXPECT_EQ(offered("work --batch_size \"\"", 3), "\n");  // numbers cannot be guessed
  EXPECT_THAT(offered("look a_f", 2), AllOf(HasSubstr("a_file"), HasSubstr("a_folder")));
  EXPECT_THAT(offered("look --rec", 2), HasSubstr("--records\n"));
}

TEST(Completion, OffersSuggestionsAsItDoesChoices) {
  EXPECT_EQ(offered("learn --network \"\"", 3), "resnet18 resnet50 darknet\n");
  EXPECT_EQ(offered("learn --network res", 3), "resnet18 resnet50\n");
  EXPECT_THAT(script("zsh"), HasSubstr("'--network[what learns]:network:(resnet18 resnet50 "
                                       "darknet)'\n"));
  EXPECT_THAT(script("fish"), HasSubstr("-l network -x -a 'resnet18 resnet50 darknet' -d "));
}

TEST(Completion, ZshAndFishNameOptionsAndChoices) {
  const std::string zsh = script("zsh");
  EXPECT_TRUE(zsh.starts_with("#compdef train_backbone\n"));
  EXPECT_THAT(zsh, HasSubstr("'--schedule[shape of the learning rate]:schedule:(cosine "
                             "piecewise_short)'\n"));
  EXPECT_THAT(zsh, HasSubstr("'--half_decay[Keras'\\'']:half_decay:'\n"));
  EXPECT_THAT(zsh, HasSubstr("'--data_dir[folder of the data]:data_dir:_files -/'\n"));
  const std::string fish = script("fish");
  EXPECT_THAT(fish, HasSubstr("-f -a look -d 'look at a file'\n"));
  EXPECT_THAT(fish,
              HasSubstr("-n '__fish_seen_subcommand_from look' -l records -x -d 'how many are "
                        "shown'\n"));
  EXPECT_THAT(fish, HasSubstr("-l schedule -x -a 'cosine piecewise_short' -d "));
}

}  // namespace
}  // namespace train_backbone::config
