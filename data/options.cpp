#include "train_backbone/data/options.h"

namespace train_backbone::data {

namespace {

void visit_records(DataOptions& options, core::OptionVisitor& visitor) {
  visitor.option(options.train_data_dir,
                 {.name = "train_data_dir", .help = "folder with the training shards, train-*"});
  visitor.option(
      options.validation_data_dir,
      {.name = "validation_data_dir", .help = "folder with the validation shards, validation-*"});
  visitor.option(options.train_dataset_size,
                 {.name = "train_dataset_size",
                  .help = "expected number of training records; compared with what is there",
                  .bound = core::at_least(1),
                  .unit = "records"});
  visitor.option(options.label_offset,
                 {.name = "label_offset",
                  .help = "class of a record = its label - this; 1 in ImageNet's "
                          "TFRecords, 0 for labels that begin at 0"});
}

void visit_pictures(DataOptions& options, core::OptionVisitor& visitor) {
  visitor.option(options.train_image_size,
                 {.name = "train_image_size",
                  .help = "side of the training pictures; default: what the "
                          "model is meant for (224; darknet53: 256)",
                  .bound = core::between(8, 4096),
                  .unit = "pixels"});
  visitor.option(options.eval_image_size,
                 {.name = "eval_image_size",
                  .help = "side of the validation pictures; default: --train_image_size",
                  .bound = core::between(8, 4096),
                  .unit = "pixels"});
  visitor.option(options.eval_crop_pct,
                 {.name = "eval_crop_pct",
                  .help = "share of the shorter side that validation looks at",
                  .bound = {.low = 0, .high = 1, .low_open = true}});
  visitor.option(options.augment,
                 {.name = "augment",
                  .help = "original: random box, flip; flip: whole picture, flip; none",
                  .choices = {"original", "flip", "none"}});
  visitor.option(
      options.augment_semantics,
      {.name = "augment_semantics",
       .help = "whose boxes and resizing, in training and validation: tf, the original's; "
               "torchvision, RandomResizedCrop's with antialias; tf_exact, tf with "
               "TensorFlow's decoder flags, for comparisons",
       .choices = {"tf", "torchvision", "tf_exact"}});
}

void visit_loading(DataOptions& options, core::OptionVisitor& visitor) {
  visitor.option(options.compat,
                 {.name = "compat",
                  .help = "aws: compute what the original computed where it differs "
                          "(network, weight decay, normalisation, mixup partners, cosine "
                          "period)",
                  .choices = {"none", "aws"}});
  visitor.option(options.index_dir,
                 {.name = "index_dir",
                  .help = "folder for the cached record index; default: beside the "
                          "shards, else the user's cache folder"});
  visitor.option(options.shuffle,
                 {.name = "shuffle",
                  .help = "global: a record comes anywhere in its epoch; block, for slow "
                          "disks and network file systems: pieces of 4 MiB are read one "
                          "after another and mixed 64 at a time",
                  .choices = {"global", "block"}});
  options.damage.visit(visitor);
  visitor.option(options.workers,
                 {.name = "workers",
                  .help = "threads that read and decode; auto: the cores that "
                          "--compute_threads leaves, at least 1. Never changes results",
                  .bound = core::between(0, 1024),
                  .unit = "threads",
                  .word_for_zero = "auto"});
}

}  // namespace

void DataOptions::visit_options(core::OptionVisitor& visitor) {
  visit_records(*this, visitor);
  visit_pictures(*this, visitor);
  visit_loading(*this, visitor);
}

}  // namespace train_backbone::data
