#pragma once

#include <cstdint>
#include <string>

#include "train_backbone/core/options.h"

namespace train_backbone::comm {

struct CommOptions : core::Options {
  std::string gpus;                 // all | a number of ranks to start; empty: none
  bool share_gpu = false;           // several ranks may compute on one GPU
  double bucket_mb = 25;            // MiB of gradients in one reduction
  std::string wire_dtype = "fp32";  // of gradients between ranks: fp32 | bf16
  bool sync_bn = false;             // batch normalisation over all ranks
  std::string sagemaker_dir = "/opt/ml";
  std::string job_exports = "auto";    // none | auto | names of programs, by commas
  int64_t check_replicas_every = 100;  // steps; 0: never

  double heartbeat_timeout = 30;  // seconds of silence
  double progress_timeout = 600;  // seconds without any progress

  [[nodiscard]] int64_t bucket_bytes() const;

  void visit_options(core::OptionVisitor& visitor) override;
};

}  // namespace train_backbone::comm
