#include "tests/support/cuda_on_cpu.h"

#include <sys/mman.h>

#include <array>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_UNPOISON_MEMORY_REGION(begin, size) static_cast<void>(0)
#endif

// Saves the registers that a call keeps on this stack, leaves its pointer in *from, and goes on
// where the stack `to` was left.
extern "C" void tb_switch_stack(void** from, void* to);
asm(R"(
.text
.type tb_switch_stack, @function
tb_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size tb_switch_stack, .-tb_switch_stack
)");

float half_bits_to_float(unsigned short bits) {
  const int exponent = bits >> 10U & 31;
  const auto fraction = static_cast<float>(bits & 1023U);
  float value =
      exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25);
  if (exponent == 31) value = fraction == 0 ? HUGE_VALF : NAN;
  return (bits & 0x8000U) != 0 ? -value : value;
}

unsigned short float_to_half_bits(float value) {
  const unsigned sign = std::signbit(value) ? 0x8000U : 0;
  const float size = std::fabs(value);
  if (std::isnan(value)) return 0x7FFFU;
  if (size >= 65520)
    return static_cast<unsigned short>(sign | 0x7C00U);  // rounds beyond the largest
  const int exponent = size == 0 ? -14 : std::max(std::ilogb(size), -14);
  const auto units = static_cast<unsigned>(std::nearbyint(std::ldexp(size, 10 - exponent)));
  // A whole number of 1024 goes on into the exponent's bits, as it should.
  return static_cast<unsigned short>(sign | (static_cast<unsigned>(exponent + 14) * 1024 + units));
}

namespace train_backbone::test {
namespace {

constexpr size_t kStack = size_t{64} << 10U;
constexpr int kLanes = 32;

enum class State { kReady, kAtBlockBarrier, kAtWarpBarrier, kDone };

struct Fibre {
  Fibre() {
    stack = static_cast<char*>(
        mmap(nullptr, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (stack == MAP_FAILED) throw std::bad_alloc();
  }
  ~Fibre() { munmap(stack, kStack); }
  Fibre(const Fibre&) = delete;
  Fibre& operator=(const Fibre&) = delete;

  char* stack;
  void* pointer = nullptr;
  State state = State::kReady;
  CudaThread place;
  unsigned mask = 0;     // of the warp operation it waits in
  uint64_t offered = 0;  // to other lanes
};

// One block of threads.
class Block {
 public:
  void run(const CudaThread& first, std::mt19937_64& random, const std::function<void()>& kernel);
  void wait(State state);

  [[nodiscard]] Fibre& current() { return *current_; }
  [[nodiscard]] size_t current_index() const { return current_index_; }
  [[nodiscard]] Fibre* at(size_t index) { return index < count_ ? fibres_[index].get() : nullptr; }

 private:
  static void enter();
  void prepare(const CudaThread& first);
  bool run_ready(std::mt19937_64& random);
  bool release_warps();
  bool release_block();

  std::vector<std::unique_ptr<Fibre>> fibres_;
  size_t count_ = 0;
  size_t done_ = 0;
  Fibre* current_ = nullptr;
  size_t current_index_ = 0;
  void* scheduler_ = nullptr;
  const std::function<void()>* kernel_ = nullptr;
};

thread_local Block* running_block = nullptr;

// The first thing a fibre runs; it never returns.
void Block::enter() {
  Block& block = *running_block;
  (*block.kernel_)();
  block.wait(State::kDone);
}

void Block::wait(State state) {
  current_->state = state;
  tb_switch_stack(&current_->pointer, scheduler_);
}

void Block::prepare(const CudaThread& first) {
  const dim3 size = first.block_size;
  count_ = size_t{size.x} * size.y * size.z;
  done_ = 0;
  while (fibres_.size() < count_) fibres_.push_back(std::make_unique<Fibre>());
  for (size_t i = 0; i < count_; ++i) {
    Fibre& fibre = *fibres_[i];
    ASAN_UNPOISON_MEMORY_REGION(fibre.stack, kStack);
    fibre.place = first;
    fibre.place.thread = {static_cast<unsigned>(i % size.x),
                          static_cast<unsigned>(i / size.x % size.y),
                          static_cast<unsigned>(i / size.x / size.y)};
    fibre.state = State::kReady;
    // As tb_switch_stack leaves a stack: six registers, then where to go on. At its entry a
    // function finds the stack 8 bytes off a multiple of 16.
    auto* top = reinterpret_cast<void**>(fibre.stack + kStack - 64);
    *--top = nullptr;
    *--top = reinterpret_cast<void*>(&Block::enter);
    for (int i_register = 0; i_register < 6; ++i_register) *--top = nullptr;
    fibre.pointer = top;
  }
}

bool Block::run_ready(std::mt19937_64& random) {
  std::vector<size_t> order;
  for (size_t i = 0; i < count_; ++i) {
    if (fibres_[i]->state == State::kReady) order.push_back(i);
  }
  std::shuffle(order.begin(), order.end(), random);
  for (const size_t i : order) {
    current_ = fibres_[i].get();
    current_index_ = i;
    tb_switch_stack(&scheduler_, current_->pointer);
    if (current_->state == State::kDone) ++done_;
  }
  return !order.empty();
}

// Lets those go on whose partners in the mask are all there.
bool Block::release_warps() {
  bool released = false;
  for (size_t warp = 0; warp < count_; warp += kLanes) {
    const size_t end = std::min(warp + kLanes, count_);
    unsigned waiting = 0;
    unsigned alive = 0;
    for (size_t i = warp; i < end; ++i) {
      const unsigned bit = 1U << (i - warp);
      if (fibres_[i]->state != State::kDone) alive |= bit;
      if (fibres_[i]->state == State::kAtWarpBarrier) waiting |= bit;
    }
    for (size_t i = warp; i < end; ++i) {
      const unsigned mask = fibres_[i]->mask & alive;
      if (fibres_[i]->state != State::kAtWarpBarrier || (mask & ~waiting) != 0) continue;
      for (size_t k = warp; k < end; ++k) {
        if ((mask >> (k - warp) & 1U) == 0) continue;
        if (fibres_[k]->mask != fibres_[i]->mask) {
          throw std::logic_error(
              "CUDA on the CPU: lanes of a warp operation disagree about the mask");
        }
        fibres_[k]->state = State::kReady;
        waiting &= ~(1U << (k - warp));
      }
      released = true;
    }
  }
  return released;
}

bool Block::release_block() {
  const auto there =
      std::count_if(fibres_.begin(), fibres_.begin() + static_cast<int64_t>(count_),
                    [](const auto& f) { return f->state == State::kAtBlockBarrier; });
  if (there == 0 || static_cast<size_t>(there) + done_ != count_) return false;
  if (done_ != 0) {
    throw std::logic_error("CUDA on the CPU: threads ended while others wait at __syncthreads");
  }
  for (size_t i = 0; i < count_; ++i) fibres_[i]->state = State::kReady;
  return true;
}

void Block::run(const CudaThread& first, std::mt19937_64& random,
                const std::function<void()>& kernel) {
  kernel_ = &kernel;
  prepare(first);
  running_block = this;
  while (done_ < count_) {
    const bool ran = run_ready(random);
    const bool released = release_warps() || release_block();
    if (!ran && !released) {
      throw std::logic_error("CUDA on the CPU: threads of a block wait at different barriers");
    }
  }
}

}  // namespace

const CudaThread& cuda_thread() { return running_block->current().place; }

void wait_for_block() { running_block->wait(State::kAtBlockBarrier); }

void wait_for_lanes(unsigned mask) {
  running_block->current().mask = mask;
  running_block->wait(State::kAtWarpBarrier);
}

uint64_t exchange_between_lanes(unsigned mask, uint64_t bits, int source) {
  const size_t warp = running_block->current_index() / kLanes * kLanes;
  running_block->current().offered = bits;
  wait_for_lanes(mask);
  const Fibre* const other = running_block->at(warp + static_cast<size_t>(source));
  const bool given = other != nullptr && (mask >> static_cast<unsigned>(source) & 1U) != 0;
  const uint64_t result = given ? other->offered : bits;
  wait_for_lanes(mask);  // nobody offers anew before all have taken
  return result;
}

const void* checked_alignment(const void* address, size_t size) {
  if (reinterpret_cast<uintptr_t>(address) % size != 0) {
    // A fibre has no caller that could catch.
    std::fprintf(stderr, "CUDA on the CPU: access of %zu bytes is not aligned\n", size);
    std::abort();
  }
  return address;
}

void launch_on_cpu(dim3 grid, dim3 block, uint64_t seed, const std::function<void()>& kernel) {
  const size_t threads = size_t{block.x} * block.y * block.z;
  if (threads == 0 || threads > 1024) {
    throw std::invalid_argument("CUDA on the CPU: " + std::to_string(threads) + " threads a block");
  }
  static thread_local Block runner;
  std::mt19937_64 random(seed);
  std::vector<uint3> blocks;
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) blocks.push_back({x, y, z});
    }
  }
  std::shuffle(blocks.begin(), blocks.end(), random);
  for (const uint3& at : blocks) {
    runner.run({.thread = {}, .block = at, .block_size = block, .grid_size = grid}, random, kernel);
  }
}

}  // namespace train_backbone::test
