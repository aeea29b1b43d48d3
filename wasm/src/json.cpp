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

/// For the brackets that a writer remembers as open. Only its way to write strings is used here,
/// which opens none.
class NoMemory {
 public:
  static void* Malloc(std::size_t /*size*/) { return nullptr; }
  static void* Realloc(void* /*memory*/, std::size_t /*old*/, std::size_t /*size*/) {
    return nullptr;
  }
  static void Free(void* /*memory*/) {}
};

class StringWriter
    : public rapidjson::Writer<Sink, rapidjson::UTF8<>, rapidjson::UTF8<>, NoMemory> {
 public:
  using Writer::Writer;
  using Writer::WriteString;
};

/// An object that is written member by member.
class ObjectWriter {
 public:
  ObjectWriter& text(std::string_view key, std::string_view value) {
    name(key);
    write(value);
    return *this;
  }
  ObjectWriter& number(std::string_view key, std::uint32_t value) {
    name(key);
    char digits[10];
    std::size_t count = 0;
    do {
      digits[count++] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value > 0);
    while (count > 0) sink_.Put(digits[--count]);
    return *this;
  }
  /// `value` may be empty: so is the list then.
  ObjectWriter& list(std::string_view key, std::string_view value) {
    name(key);
    sink_.Put('[');
    if (!value.empty()) write(value);
    sink_.Put(']');
    return *this;
  }
  std::string finish() {
    sink_.Put('}');
    return sink_.take();
  }

 private:
  void name(std::string_view key) {
    sink_.Put(separator_);
    separator_ = ',';
    write(key);
    sink_.Put(':');
  }
  void write(std::string_view text) {
    strings_.WriteString(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }

  /// In front of the next member.
  char separator_ = '{';
  Sink sink_;
  NoMemory memory_;
  StringWriter strings_{sink_, &memory_};
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
