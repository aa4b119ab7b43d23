#include "config/guide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_command.h"

namespace train_backbone::config {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Guide, MarkdownHasEveryOptionOfEveryCommand) {
  Outcome outcome;
  const std::string text = markdown_guide(sample_commands(outcome));
  EXPECT_THAT(text, HasSubstr("\n## work\n\ndo the work\n\n| Sample | default | |\n"));
  EXPECT_THAT(text, HasSubstr("| `--data_dir` | required | folder of the data |\n"));
  EXPECT_THAT(text,
              HasSubstr("| `-b, --batch_size` | `128` | pictures per step (images per rank; >= "
                        "1) |\n"));
  EXPECT_THAT(text, HasSubstr("| `--schedule` | `cosine` | shape of the learning rate (`cosine`, "
                              "`piecewise_short`) |\n"));
  EXPECT_THAT(text, HasSubstr("| `--max_steps` |  | stop early |\n"));
  EXPECT_THAT(text, HasSubstr("| `PATH` | required | file |\n"));
  EXPECT_THAT(text, HasSubstr("| `--config` |"));
  EXPECT_THAT(text, Not(HasSubstr("--help")));
}

TEST(Guide, TheManualPageEscapesWhatTroffMeans) {
  Outcome outcome;
  const std::string text = man_page(sample_commands(outcome));
  EXPECT_TRUE(text.starts_with(".TH TRAIN_BACKBONE 1 "));
  EXPECT_THAT(text, HasSubstr(".SS work\ndo the work.\n"));
  EXPECT_THAT(text, HasSubstr(".BR \"\\-b, \\-\\-batch_size\" \" INTEGER\"\n"));
  EXPECT_THAT(text, HasSubstr(".SH EXIT STATUS\n.TP\n.B 0\ndone\n"));
}

}  // namespace
}  // namespace train_backbone::config
