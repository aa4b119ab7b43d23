#include "io/export/verify.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "io/export/container.h"
#include "tests/io/export/own_weights.h"
#include "tests/io/scratch.h"
#include "train_backbone/core/errors.h"

namespace train_backbone::io {
namespace {

using models::Naming;
using ::testing::AllOf;
using ::testing::HasSubstr;

struct Target {
  Naming naming;
  std::string model;
  bool original;
  std::string file;
};

// Every program, and with it every container.
class Verify : public testing::TestWithParam<Target> {
 protected:
  Verify()
      : folder_(scratch_folder()),
        choice_(choice_of(GetParam().model, GetParam().naming, GetParam().original)),
        container_(container_of(choice_.naming, GetParam().file)),
        list_(
            models::key_list(choice_.model, choice_.original, choice_.naming, kTestClasses, false)),
        foreign_(to_foreign(own_weights(choice_.model, choice_.original).tensors, "own", choice_)) {
  }
  ~Verify() override { std::filesystem::remove_all(folder_); }

  // Writes `tensors` and compares what is read back with what should be there.
  void write_and_verify(const std::vector<ForeignTensor>& tensors) const {
    const auto path = folder_ / GetParam().file;
    write_container(container_, path, tensors, {});
    verify_tensors(read_container(container_, path, list_), list_, foreign_.tensors, choice_, path);
  }

  std::ptrdiff_t middle_index() const {
    return static_cast<std::ptrdiff_t>(foreign_tensors_.size() / 2);
  }
  ForeignTensor& middle() { return foreign_tensors_[foreign_tensors_.size() / 2]; }

  std::filesystem::path folder_;
  ExportChoice choice_;
  Container container_;
  std::vector<models::KeyShape> list_;
  ForeignWeights foreign_;
  std::vector<ForeignTensor> foreign_tensors_ = foreign_.tensors;  // to be damaged
};

TEST_P(Verify, PassesWhatIsRight) { EXPECT_NO_THROW(write_and_verify(foreign_.tensors)); }

TEST_P(Verify, RefusesATensorThatIsMissing) {
  const std::string name = middle().name;
  foreign_tensors_.erase(foreign_tensors_.begin() + middle_index());
  EXPECT_THAT(message_of<core::DataError>([&] { write_and_verify(foreign_tensors_); }),
              container_ == Container::kConv74 ? HasSubstr("ends too early")
                                               : HasSubstr("1 missing: " + name));
}

// Three faults in one file.
TEST_P(Verify, RefusesOtherNamesShapesAndValues) {
  ForeignTensor& changed = foreign_tensors_.at(1);
  changed.value = changed.value.clone();
  changed.value.view(-1)[-1].add_(1);
  const auto has_changed = HasSubstr("different: " + changed.name + " has other values");
  if (container_ == Container::kConv74) {  // has no names and no shapes
    EXPECT_THAT(message_of<core::DataError>([&] { write_and_verify(foreign_tensors_); }),
                has_changed);
    return;
  }
  const std::string name = middle().name;
  const size_t slash = name.find('/');
  const std::string other =
      slash == std::string::npos ? name + "_renamed" : name.substr(0, slash) + "/renamed:0";
  middle().name = other;
  ForeignTensor& reshaped = foreign_tensors_.at(2);
  reshaped.value = reshaped.value.unsqueeze(0).contiguous();
  EXPECT_THAT(message_of<core::DataError>([&] { write_and_verify(foreign_tensors_); }),
              AllOf(HasSubstr("1 missing: " + name), HasSubstr("1 unexpected: " + other),
                    HasSubstr("2 different:"), HasSubstr(changed.name + " has other values"),
                    HasSubstr(reshaped.name + " is 1 x ")));
}

INSTANTIATE_TEST_SUITE_P(
    Programs, Verify,
    testing::Values(Target{Naming::kTimm, "resnet18v1_d", false, "w.safetensors"},
                    Target{Naming::kTorchvision, "resnet18v1_b", false, "w.pth"},
                    Target{Naming::kMmdet, "resnet18v1_c", false, "w.pth"},
                    Target{Naming::kMmpretrain, "resnet18v1_d", false, "w.pth"},
                    Target{Naming::kDetectron2, "resnet18v1_b", false, "w.pth"},
                    Target{Naming::kDarknet, "darknet53", false, "w.conv.74"},
                    Target{Naming::kKeras, "resnet50v1_d", true, "w.h5"}),
    [](const auto& target) { return std::string(models::naming_name(target.param.naming)); });

}  // namespace
}  // namespace train_backbone::io
