#include "json.h"

#include <rapidjson/writer.h>

#include <cstddef>
#include <utility>

namespace dormouse {

namespace {

/// RapidJSON's output, one character at a time; buffered, so that the text seldom grows.
class Sink {
 public:
  using Ch = char;
  void Put(Ch character) {
    if (size_ == sizeof buffer_) Flush();
    buffer_[size_++] = character;
  }
  void Flush() {
    text_.append(buffer_, size_);
    size_ = 0;
  }
  std::string take() {
    Flush();
    return std::move(text_);
  }

 private:
  std::string text_;
  char buffer_[128];
  std::size_t size_ = 0;
};

/// RapidJSON's own allocator is the libc's. All it needs is its stack of open brackets, which is
/// two deep here.
class StackMemory {
 public:
  void* Malloc(std::size_t size) { return size <= sizeof memory_ ? memory_ : nullptr; }
  void* Realloc(void* /*memory*/, std::size_t /*old*/, std::size_t size) { return Malloc(size); }
  static void Free(void* /*memory*/) {}

 private:
  alignas(std::max_align_t) char memory_[64] = {};
};

using Writer = rapidjson::Writer<Sink, rapidjson::UTF8<>, rapidjson::UTF8<>, StackMemory>;

/// An object that is written member by member.
class ObjectWriter {
 public:
  ObjectWriter() { writer_.StartObject(); }

  ObjectWriter& text(std::string_view key, std::string_view value) {
    write(key);
    write(value);
    return *this;
  }
  /// RapidJSON's own way to write a number is quicker, and larger than everything else here.
  ObjectWriter& number(std::string_view key, std::uint32_t value) {
    write(key);
    char digits[10];
    std::size_t start = sizeof digits;
    do {
      digits[--start] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value > 0);
    writer_.RawValue(digits + start, sizeof digits - start, rapidjson::kNumberType);
    return *this;
  }
  /// `value` may be empty: so is the list then.
  ObjectWriter& list(std::string_view key, std::string_view value) {
    write(key);
    writer_.StartArray();
    if (!value.empty()) write(value);
    writer_.EndArray();
    return *this;
  }
  std::string finish() {
    writer_.EndObject();
    return sink_.take();
  }

 private:
  void write(std::string_view text) {
    writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }

  static constexpr std::size_t kDepth = 2;
  Sink sink_;
  StackMemory memory_;
  Writer writer_{sink_, &memory_, kDepth};
};

}  // namespace

std::string handshake_json(std::string_view engine_id, Transport transport, const Config& config) {
  const bool may_upgrade =
      transport == Transport::polling && (config.transports & kWebsocketTransport) != 0;
  return ObjectWriter()
      .text("sid", engine_id)
      .list("upgrades", may_upgrade ? std::string_view("websocket") : std::string_view())
      .number("pingInterval", config.ping_interval)
      .number("pingTimeout", config.ping_timeout)
      .number("maxPayload", config.max_payload)
      .finish();
}

std::string connect_json(std::string_view session_id, std::string_view recovery_id) {
  ObjectWriter object;
  object.text("sid", session_id);
  if (!recovery_id.empty()) object.text("pid", recovery_id);
  return object.finish();
}

std::string error_json(std::string_view message) {
  return ObjectWriter().text("message", message).finish();
}

}  // namespace dormouse
