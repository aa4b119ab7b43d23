#include "train_backbone/data/image/semantics.h"

#include <string>

#include "train_backbone/core/errors.h"
#include "train_backbone/core/suggest.h"

namespace train_backbone::data {

AugmentSemantics parse_augment_semantics(std::string_view name) {
  const std::string folded = core::fold_name(name);
  if (folded == "tf") return AugmentSemantics::kTf;
  if (folded == "tfexact") return AugmentSemantics::kTfExact;
  if (folded == "torchvision") return AugmentSemantics::kTorchvision;
  throw core::UsageError(core::unknown_name_message("augmentation semantics", name,
                                                    {"tf", "tf_exact", "torchvision"}));
}

}  // namespace train_backbone::data
