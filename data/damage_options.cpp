#include "train_backbone/data/damage_options.h"

#include "train_backbone/core/errors.h"

namespace train_backbone::data {

void DamageOptions::visit(core::OptionVisitor& visitor) {
  visitor.option(on_bad_record,
                 {.name = "on_bad_record",
                  .help = "fail: a damaged record ends the run; skip: training shows another one "
                          "in its place, validation leaves it out, and each is named once, in a "
                          "run also in bad_records.csv",
                  .choices = {"fail", "skip"}});
  visitor.option(max_bad_records,
                 {.name = "max_bad_records",
                  .help = "with skip: more damaged records than this in a data set end the run; "
                          "default: 0.1 % of it, at least 1",
                  .bound = core::at_least(0),
                  .unit = "records"});
}

void DamageOptions::check() const {
  if (!max_bad_records || skip()) return;
  throw core::UsageError(
      "--max_bad_records bounds what --on_bad_record skip leaves out, and --on_bad_record is fail, "
      "which ends at the first damaged record; give --on_bad_record skip as well, or neither");
}

}  // namespace train_backbone::data
