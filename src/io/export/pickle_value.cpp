#include "io/export/pickle_value.h"

#include <iterator>
#include <map>
#include <utility>

#include "io/export/byte_reader.h"
#include "train_backbone/core/format.h"

// The opcodes are those of Python's pickletools.
namespace train_backbone::io {
namespace {

using Kind = PickleValue::Kind;

class PickleMachine {
 public:
  PickleMachine(std::string_view bytes, const std::filesystem::path& path)
      : reader_(bytes, path), path_(path) {}

  PickleValue run() {
    while (true) {
      const char opcode = reader_.number<char>();
      if (opcode == '.') return pop();
      if (!push_simple(opcode) && !remember(opcode) && !combine(opcode)) {
        throw core::DataError(
            path_, reader_.position() - 1,
            core::format("pickle opcode {:#x} is not read here", static_cast<uint8_t>(opcode)));
      }
    }
  }

 private:
  PickleValue pop() {
    if (stack_.empty()) throw core::DataError(path_, reader_.position(), "the pickle is damaged");
    PickleValue value = std::move(stack_.back());
    stack_.pop_back();
    return value;
  }

  PickleValue& top() {
    if (stack_.empty()) throw core::DataError(path_, reader_.position(), "the pickle is damaged");
    return stack_.back();
  }

  // All behind the last mark, in order; the mark goes, too.
  std::vector<PickleValue> pop_to_mark() {
    std::vector<PickleValue> reversed;
    for (PickleValue value = pop(); value.kind != Kind::kMark; value = pop()) {
      reversed.push_back(std::move(value));
    }
    return {std::make_move_iterator(reversed.rbegin()), std::make_move_iterator(reversed.rend())};
  }

  void push(Kind kind, int64_t number = 0, std::string text = {}) {
    stack_.push_back({.kind = kind, .number = number, .text = std::move(text), .items = {}});
  }

  bool push_simple(char opcode) {
    switch (opcode) {
      case '\x80':
        reader_.expect("\x02");
        return true;  // protocol
      case 'N':
        push(Kind::kNone);
        return true;
      case '(':
        push(Kind::kMark);
        return true;
      case '}':
        push(Kind::kDict);
        return true;
      case ')':
        push(Kind::kTuple);
        return true;
      case '\x88':
        push(Kind::kInt, 1);
        return true;
      case '\x89':
        push(Kind::kInt, 0);
        return true;
      case 'K':
        push(Kind::kInt, reader_.number<uint8_t>());
        return true;
      case 'M':
        push(Kind::kInt, reader_.number<uint16_t>());
        return true;
      case 'J':
        push(Kind::kInt, reader_.number<int32_t>());
        return true;
      case '\x8a':
        push(Kind::kInt, long_integer());
        return true;
      case 'X':
        push(Kind::kText, 0, std::string(reader_.text(reader_.number<uint32_t>())));
        return true;
      case 'c':
        push_global();
        return true;
      default:
        return false;
    }
  }

  // A number of up to eight bytes, the highest of which carries the sign.
  int64_t long_integer() {
    const auto size = reader_.number<uint8_t>();
    if (size > sizeof(int64_t)) {
      throw core::DataError(path_, reader_.position(), "the pickle has too large a number");
    }
    const std::string_view bytes = reader_.text(size);
    uint64_t value = !bytes.empty() && (bytes.back() & 0x80) ? ~uint64_t{0} : 0;
    for (size_t i = bytes.size(); i > 0; --i)
      value = (value << 8) | static_cast<uint8_t>(bytes[i - 1]);
    return static_cast<int64_t>(value);
  }

  void push_global() {
    std::string module(reader_.text_until('\n'));
    push(Kind::kGlobal, 0, module + " " + std::string(reader_.text_until('\n')));
  }

  bool remember(char opcode) {
    switch (opcode) {
      case 'q':
        memo_[reader_.number<uint8_t>()] = top();
        return true;
      case 'r':
        memo_[reader_.number<uint32_t>()] = top();
        return true;
      case 'h':
        recall(reader_.number<uint8_t>());
        return true;
      case 'j':
        recall(reader_.number<uint32_t>());
        return true;
      default:
        return false;
    }
  }

  void recall(uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end())
      throw core::DataError(path_, reader_.position(), "the pickle is damaged");
    stack_.push_back(found->second);
  }

  bool combine(char opcode) {
    switch (opcode) {
      case 't':
        push_items(Kind::kTuple, pop_to_mark());
        return true;
      case '\x85':
        push_items(Kind::kTuple, pop_last(1));
        return true;
      case '\x86':
        push_items(Kind::kTuple, pop_last(2));
        return true;
      case '\x87':
        push_items(Kind::kTuple, pop_last(3));
        return true;
      case 'Q':
        push_items(Kind::kReference, pop_last(1));
        return true;
      case 'R':
        push_items(Kind::kCall, pop_last(2));
        return true;
      case 's':
        add_items(pop_last(2));
        return true;
      case 'u':
        add_items(pop_to_mark());
        return true;
      default:
        return false;
    }
  }

  std::vector<PickleValue> pop_last(size_t count) {
    std::vector<PickleValue> items(count);
    for (size_t i = count; i > 0; --i) items[i - 1] = pop();
    return items;
  }

  void push_items(Kind kind, std::vector<PickleValue> items) {
    push(kind);
    stack_.back().items = std::move(items);
  }

  void add_items(std::vector<PickleValue> items) {
    PickleValue& dict = top();
    if (dict.kind != Kind::kDict || items.size() % 2 != 0) {
      throw core::DataError(path_, reader_.position(), "the pickle is damaged");
    }
    std::move(items.begin(), items.end(), std::back_inserter(dict.items));
  }

  ByteReader reader_;
  const std::filesystem::path& path_;
  std::vector<PickleValue> stack_;
  std::map<uint32_t, PickleValue> memo_;
};

}  // namespace

PickleValue parse_pickle(std::string_view bytes, const std::filesystem::path& path) {
  return PickleMachine(bytes, path).run();
}

}  // namespace train_backbone::io
