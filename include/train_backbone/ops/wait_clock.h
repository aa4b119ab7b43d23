#pragma once

#include <deque>
#include <memory>

namespace train_backbone::ops {

// A wait of a device's stream, of which the host learns when it is over.
class StreamWait {
 public:
  StreamWait() = default;
  StreamWait(const StreamWait&) = delete;
  StreamWait& operator=(const StreamWait&) = delete;
  virtual ~StreamWait() = default;
  [[nodiscard]] virtual bool is_over() const = 0;
  [[nodiscard]] virtual double seconds() const = 0;  // where it is over
};

// Adds up waits of one stream without waiting for it. Not thread safe.
class WaitClock {
 public:
  // In the order in which they begin. Counts those before that are over.
  void add(std::unique_ptr<StreamWait> wait);
  // Of the waits that were over at the last add().
  [[nodiscard]] double seconds() const { return seconds_; }

 private:
  std::deque<std::unique_ptr<StreamWait>> open_;
  double seconds_ = 0;
};

}  // namespace train_backbone::ops
