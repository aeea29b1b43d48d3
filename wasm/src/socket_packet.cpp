#include "socket_packet.h"

#include "name.h"

namespace dormouse {

namespace {

/// 2^53 - 1 has sixteen digits. Leading zeros count, so that no number is endless.
constexpr std::uint32_t kMaxDigits = 16;

constexpr bool is_digit(char character) { return character >= '0' && character <= '9'; }
/// UTF-8 continuation bytes start no UTF-16 unit.
constexpr bool is_continuation(char character) {
  return (static_cast<unsigned char>(character) & 0xC0U) == 0x80U;
}
/// Four-byte sequences are surrogate pairs: two units.
constexpr std::uint32_t units_of_lead(char character) {
  return static_cast<unsigned char>(character) >= 0xF0U ? 2 : 1;
}

/// Reads a head from left to right. A step that cannot go on says why in `outcome`.
class HeadReader {
 public:
  HeadReader(const TextHead& text, std::uint32_t start, EngineProtocol protocol,
             const Config& config)
      : text_(text), config_(config), protocol_(protocol), byte_(start), unit_(start) {}

  DecodedHead read() {
    if (read_type() && read_attachments() && read_namespace() && read_ack_id()) {
      if (!at_message_end()) head().payload_offset = unit_;
      outcome_.result = DecodeResult::decoded;
    }
    return outcome_;
  }

 private:
  PacketHead& head() { return outcome_.head; }
  [[nodiscard]] bool at_head_end() const { return byte_ >= text_.bytes.size(); }
  [[nodiscard]] bool at_message_end() const { return unit_ >= text_.total_units; }
  [[nodiscard]] char current() const { return text_.bytes[byte_]; }

  /// `outcome_.result` is `faulty` from the start.
  bool fail(Fault fault) {
    outcome_.fault = fault;
    return false;
  }

  /// The head ends before the message does: a longer head may tell more.
  [[nodiscard]] bool starved() const { return at_head_end() && !at_message_end(); }

  bool starve() {
    outcome_.result = DecodeResult::more_head_needed;
    return false;
  }

  void step() {
    ++byte_;
    ++unit_;
  }

  bool read_type() {
    if (starved()) return starve();
    if (at_head_end()) return fail(Fault::unknown_packet_type);
    const std::uint32_t digit = static_cast<unsigned char>(current()) - static_cast<unsigned>('0');
    if (digit > static_cast<std::uint32_t>(PacketType::binary_ack)) {
      return fail(Fault::unknown_packet_type);
    }
    head().type = static_cast<PacketType>(digit);
    step();
    return true;
  }

  bool read_attachments() {
    if (head().type != PacketType::binary_event && head().type != PacketType::binary_ack) {
      return true;
    }
    std::uint64_t count = 0;
    const std::uint32_t digits = read_number(count);
    if (starved()) return starve();
    const bool is_number = digits <= kMaxDigits && count > 0;
    if (!is_number || at_head_end() || current() != '-') return fail(Fault::illegal_attachments);
    if (count > config_.max_attachments) return fail(Fault::too_many_attachments);
    head().attachments = static_cast<std::uint32_t>(count);
    step();
    return true;
  }

  /// Does not check for a head that ends within the name: `read_ack_id` does.
  bool read_namespace() {
    head().name_space = kRootNamespace;
    if (at_head_end() || current() != '/') return true;
    const std::size_t start = byte_;
    std::size_t end = std::string_view::npos;
    while (!at_head_end() && current() != ',') {
      const bool in_query = end != std::string_view::npos;
      if (!in_query && protocol_ == EngineProtocol::v3 && current() == '?') {
        end = byte_;
        head().query_offset = unit_ + 1;
      } else if (!in_query && byte_ - start >= config_.max_namespace_length) {
        return fail(Fault::namespace_too_long);
      }
      step_code_unit();
    }
    if (head().query_offset != kNone) head().query_end = unit_;
    head().name_space =
        text_.bytes.substr(start, (end == std::string_view::npos ? byte_ : end) - start);
    if (!at_head_end()) step();  // the comma
    return true;
  }

  bool read_ack_id() {
    std::uint64_t id = 0;
    const std::uint32_t digits = read_number(id);
    if (starved()) return starve();
    if (digits > kMaxDigits || id > kMaxAckId) return fail(Fault::illegal_ack_id);
    if (digits > 0) head().ack_id = id;
    return true;
  }

  /// Reads digits and returns how many. Stops at one more than allowed.
  std::uint32_t read_number(std::uint64_t& value) {
    std::uint32_t digits = 0;
    while (!at_head_end() && is_digit(current()) && digits <= kMaxDigits) {
      value = value * 10 + static_cast<std::uint64_t>(current() - '0');
      step();
      ++digits;
    }
    return digits;
  }

  /// One byte on; units advance with the first byte of a code point.
  void step_code_unit() {
    if (!is_continuation(current())) unit_ += units_of_lead(current());
    ++byte_;
  }

  const TextHead& text_;
  const Config& config_;
  EngineProtocol protocol_;
  std::size_t byte_;
  std::uint32_t unit_;
  DecodedHead outcome_;
};

}  // namespace

DecodedHead decode_packet_head(const TextHead& text, std::uint32_t start, EngineProtocol protocol,
                               const Config& config) {
  return HeadReader(text, start, protocol, config).read();
}

}  // namespace dormouse
