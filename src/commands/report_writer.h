#pragma once

#include <utility>

#include "train_backbone/io/run_directory.h"
#include "train_backbone/io/run_report.h"
#include "train_backbone/train/observer.h"

namespace train_backbone::commands {

// Keeps report.html up to date: after each epoch, and at the end. Behind the observer that writes
// metrics.jsonl. Borrows the directory.
class ReportWriter : public train::TrainObserver {
 public:
  ReportWriter(const io::RunDirectory& directory, io::ReportFacts facts)
      : directory_(directory), facts_(std::move(facts)) {}

  void on_epoch(const train::EpochReport& /*report*/) override { write(); }
  void write() const { io::write_run_report(directory_, facts_); }

 private:
  const io::RunDirectory& directory_;
  io::ReportFacts facts_;
};

}  // namespace train_backbone::commands
