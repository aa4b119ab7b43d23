#include "commands/sagemaker_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>

#include "tests/support/scratch.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::commands {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class SageMakerJob : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(job_ / "input/config"); }
  void write(const std::string& name, const std::string& text) const {
    test::spill(job_ / "input/config" / name, text);
  }
  void make_channel(const std::string& name) const {
    std::filesystem::create_directories(job_ / "input/data" / name);
  }

  std::filesystem::path job_ = test::scratch_folder();
};

TEST_F(SageMakerJob, IsKnownByItsFiles) {
  EXPECT_FALSE(is_sagemaker_job(job_));
  write("resourceconfig.json", "{}");
  EXPECT_TRUE(is_sagemaker_job(job_));
  EXPECT_FALSE(is_sagemaker_job("/no/such/folder"));
}

TEST_F(SageMakerJob, HyperparametersLoseOneLayerOfJson) {
  write("hyperparameters.json", R"({"model": "\"resnet50v1_b\"", "batch-size": "64",
      "learning_rate": "0.1", "fp32": "True", "schedule": "cosine", "num_epochs": 3,
      "sagemaker_program": "\"x.py\"", "_tuning_objective_metric": "a"})");
  EXPECT_THAT(sagemaker_hyperparameters(job_),
              ElementsAre(Pair("model", "resnet50v1_b"), Pair("batch_size", "64"),
                          Pair("learning_rate", "0.1"), Pair("fp32", "True"),
                          Pair("schedule", "cosine"), Pair("num_epochs", "3")));
  write("hyperparameters.json", "[1]");
  EXPECT_THAT(test::message_of<core::DataError>([&] { sagemaker_hyperparameters(job_); }),
              HasSubstr("hyperparameters.json"));
  std::filesystem::remove(job_ / "input/config/hyperparameters.json");
  EXPECT_TRUE(sagemaker_hyperparameters(job_).empty());
}

TEST_F(SageMakerJob, ChannelsAreTheFoldersOfTheData) {
  const auto folder = [&](const char* name) { return (job_ / "input/data" / name).string(); };
  make_channel("training");
  // The only channel holds both sets.
  EXPECT_THAT(sagemaker_defaults(job_), Contains(Pair("validation_data_dir", folder("training"))));
  make_channel("val");
  const NamedValues values = sagemaker_defaults(job_);
  EXPECT_THAT(values, Contains(Pair("train_data_dir", folder("training"))));
  EXPECT_THAT(values, Contains(Pair("validation_data_dir", folder("val"))));
  EXPECT_THAT(values, Contains(Pair("model_dir", (job_ / "checkpoints").string())));
  EXPECT_THAT(values, Contains(Pair("resume_from", "auto")));
}

TEST_F(SageMakerJob, MetricDefinitionsMatchTheLineOfAnEpoch) {
  const std::string line =
      "[1,0]<stdout>:epoch 3/120, step 1200: loss 5.1234, top-1 10.25 %; validation loss 4.5678, "
      "top-1 12.50 %, top-5 30.75 % (best); 312.4 img/s, 98.7 s";
  const std::map<std::string, std::string> expected{{"epoch", "3"},
                                                    {"train:loss", "5.1234"},
                                                    {"train:top1", "10.25"},
                                                    {"validation:loss", "4.5678"},
                                                    {"validation:top1", "12.50"},
                                                    {"validation:top5", "30.75"},
                                                    {"train:images_per_second", "312.4"}};
  const auto definitions = nlohmann::json::parse(sagemaker_metric_definitions());
  EXPECT_EQ(definitions.size(), expected.size());
  for (const auto& definition : definitions) {
    std::smatch match;
    const auto regex = definition["Regex"].get<std::string>();
    ASSERT_TRUE(std::regex_search(line, match, std::regex(regex))) << regex;
    EXPECT_EQ(match[1], expected.at(definition["Name"])) << regex;
    EXPECT_LE(regex.size(), 500U);
  }
}

TEST_F(SageMakerJob, TheModelFolderGetsWhatOthersNeed) {
  const io::RunDirectory run(job_ / "checkpoints", io::RunStart::kNew);
  std::filesystem::create_directories(job_ / "checkpoints/weights");
  test::spill(run.best_weights(), "weights");
  test::spill(run.run_toml(), "a = 1\n");
  fill_sagemaker_model(job_, run);
  EXPECT_EQ(test::slurp(job_ / "model/best.safetensors"), "weights");
  EXPECT_EQ(test::slurp(job_ / "model/run.toml"), "a = 1\n");
  EXPECT_FALSE(std::filesystem::exists(job_ / "model/last.safetensors"));
}

TEST_F(SageMakerJob, TheNetworkOfTheHostsIsNamedUnlessItIsAlready) {
  write("resourceconfig.json", R"({"network_interface_name": "eth7"})");
  ::unsetenv("NCCL_SOCKET_IFNAME");
  set_sagemaker_network(job_);
  EXPECT_STREQ(std::getenv("NCCL_SOCKET_IFNAME"), "eth7");
  ::setenv("NCCL_SOCKET_IFNAME", "mine", 1);
  set_sagemaker_network(job_);
  EXPECT_STREQ(std::getenv("NCCL_SOCKET_IFNAME"), "mine");
  ::unsetenv("NCCL_SOCKET_IFNAME");
}

}  // namespace
}  // namespace train_backbone::commands
