// The boundary as the glue uses it: strings and lists through the input area, results and effects
// out of the result block, which has to be well-formed after every call, and to hold nothing of an
// older one.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../support/effects.h"
#include "byte_source.h"
#include "check.h"
#include "dormouse/abi.h"

#define X(type, name, parameters) extern "C" type name parameters;
DORMOUSE_EXPORTS(X)
DORMOUSE_LATE_CALLS(X)
#undef X

namespace dormouse::fuzz {

namespace {

enum ResultWord : std::uint8_t {
#define X(name, place) name = (place),
  DORMOUSE_RESULT_WORDS(X)
#undef X
};

enum DeliveryLayout : std::uint8_t {
#define X(name, value) name = (value),
  DORMOUSE_DELIVERY_LAYOUT(X)
#undef X
};

class Glue {
 public:
  explicit Glue(ByteSource& source) : source_(source), self_(dm_server_new()) {
    std::vector<std::uint32_t> words = {kConfigVersion};
    const std::uint32_t count = source_.number(20);
    for (std::uint32_t i = 0; i < count; ++i) words.push_back(source_.byte());
    const Answer status = dm_configure(self_, words.data(), words.size() & 0xFFU);
    is_configured_ = static_cast<Status>(status) == Status::ok;
    require(is_configured_ || words.size() - 1 > sizeof(Config) / 4, "a configuration is refused");
    check_effects();
  }
  ~Glue() { dm_free(self_); }
  Glue(const Glue&) = delete;
  Glue& operator=(const Glue&) = delete;

  void run() {
    while (is_configured_ && !source_.empty()) {
      now_ += source_.number(16) == 0 ? -10'000.0 : source_.byte();
      if (source_.number(2) == 0) {
        input();
      } else if (source_.number(2) == 0) {
        command();
      } else {
        ask();
      }
    }
  }

 private:
  [[nodiscard]] Word value(ResultWord word) const { return dm_results(self_)[word]; }
  template <typename T>
  std::span<const T> list(ResultWord pointer, std::size_t count) const {
    return {reinterpret_cast<const T*>(value(pointer)), count};
  }

  /// What a call that answers leaves behind.
  void done(Answer answer) {
    const auto status = static_cast<Status>(answer);
    const std::size_t words = check_effects();
    require(status == Status::ok || words == 0, "a mistake of the caller had effects");
  }

  std::size_t check_effects() const {
    const auto words = list<std::uint32_t>(effect_words, value(effect_word_count));
    const auto* bytes = reinterpret_cast<const char*>(value(effect_bytes));
    for (std::size_t at = 0; at < words.size();) {
      const std::uint32_t width = words[at] >> 16U;
      require(width == width_of(static_cast<EffectKind>(words[at] & 0xFFFFU)), "an effect's width");
      require(at + width < words.size(), "an effect is cut");
      for (const std::size_t place : test::text_words(words[at] & 0xFFFFU)) {
        sum_ += sum(bytes + words[at + 1 + place], words[at + 2 + place]);
      }
      at += 1 + width;
    }
    return words.size();
  }

  /// Touches every byte, so that the sanitizers see what is not there.
  static unsigned sum(const char* start, std::size_t size) {
    unsigned total = 0;
    for (std::size_t i = 0; i < size; ++i) total += static_cast<unsigned char>(start[i]);
    return total;
  }

  /// Writes a text into the input area.
  const char* write(std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    char* area = dm_input(self_, size);
    if (size > 0) std::memcpy(area, text.data(), size);
    return area;
  }

  const char* write(const std::vector<std::string_view>& texts) {
    std::string bytes(texts.size() * sizeof(std::uint32_t), '\0');
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto size = static_cast<std::uint32_t>(texts[i].size());
      std::memcpy(bytes.data() + i * sizeof size, &size, sizeof size);
    }
    for (const std::string_view text : texts) bytes += text;
    return write(bytes);
  }

  std::uint32_t handle() {
    return (source_.number(4) == 0 ? source_.number(3) : 0) << kHandleIndexBits | source_.number(4);
  }
  std::string_view text() {
    static constexpr std::string_view kTexts[] = {"/",       "/a", "40",   "40/a,{}", "42[\"x\"]",
                                                  "451-[1]", "41", "room", "",        "3"};
    return source_.number(3) == 0 ? source_.text() : source_.pick(kTexts);
  }

  void input() {
    const std::string_view given = text();
    const auto size = static_cast<std::uint32_t>(given.size());
    switch (source_.number(9)) {
    case 0:
      done(dm_handle_open(self_, now_, source_.number(5), source_.number(2), write(given), size));
      sum_ += value(value_0);
      return;
    case 1:
      return delivery(given);
    case 2: {
      const std::uint32_t cut = source_.number(4) == 0 ? source_.number(9) : 64;
      const std::string_view head = given.substr(0, cut);
      const std::uint32_t connection = handle();
      const Answer answer =
          dm_handle_text(self_, now_, connection, write(head),
                         static_cast<std::uint32_t>(head.size()), test::units_of(given), size);
      done(answer);
      if (static_cast<Status>(answer) != Status::more_head_needed) return;
      done(
          dm_handle_text(self_, now_, connection, write(given), size, test::units_of(given), size));
      return;
    }
    case 3:
      done(dm_handle_binary(self_, now_, handle(), source_.byte(), source_.byte()));
      return;
    case 4:
      done(dm_handle_packet(self_, handle(), source_.number(7), write(given), size, source_.byte(),
                            0));
      return;
    case 5:
      done(dm_handle_close(self_, handle(), source_.number(9)));
      return;
    case 6:
      done(dm_handle_fault(self_, handle(), source_.number(std::size(kFaults))));
      return;
    case 7:
      done(dm_handle_pong(self_, now_, handle(), now_ - source_.byte()));
      return;
    default:
      done(dm_handle_timeout(self_, now_));
    }
  }

  /// A delivery leaves nothing to be read, and is one by text as well.
  void delivery(std::string_view given) {
    const ConnectionHandle connection = handle();
    std::uint32_t words[4] = {};
    const std::string_view head = given.substr(0, std::min(given.find('['), given.size() - 1) + 1);
    const auto units = static_cast<std::uint32_t>(head.size());
    const std::uint32_t total = test::units_of(given);
    double answer = 0;
    if (units <= sizeof words) {
      if (!head.empty()) std::memcpy(words, head.data(), head.size());
      answer = dm_handle_delivery(self_, now_, connection, total, units, words[0], words[1],
                                  words[2], words[3]);
    } else {
      answer = dm_handle_long_delivery(self_, now_, connection, total, units, write(head));
    }
    if (answer == 0) return;
    require(check_effects() == 0, "a delivery has effects");
    const auto number = static_cast<std::uint64_t>(std::abs(answer));
    const auto session = static_cast<SessionHandle>(number);
    require(dm_connection_of(self_, session) == connection, "a delivery to another client");
    done(dm_handle_text(self_, now_, connection, write(head), units, test::units_of(given),
                        static_cast<std::uint32_t>(given.size())));
    const auto effect = list<std::uint32_t>(effect_words, value(effect_word_count));
    require(effect.size() == 6 && effect[1] == session, "a delivery is not one by text");
    require((effect[0] & 0xFFFFU) ==
                static_cast<std::uint32_t>(answer < 0 ? EffectKind::ack : EffectKind::event),
            "a delivery's kind");
    require(effect[2] + no_ack + 1 == number >> 32U, "a delivery's ack id");
    require(effect[4] + 1 == units, "a delivery's payload");
  }

  void command() {
    const std::string_view given = text();
    const auto size = static_cast<std::uint32_t>(given.size());
    switch (source_.number(21)) {
    case 0:
    case 1:
      return done(dm_add_namespace(self_, write(given), size));
    case 2:
      return done(dm_remove_namespace(self_, handle()));
    case 3:
    case 4:
      return done(dm_assign(self_, handle(), handle(), write(given), size));
    case 5:
    case 6:
      return done(dm_admit(self_, handle(), write(given), size));
    case 7:
      return done(dm_refuse(self_, handle(), write(given), size));
    case 8:
      return done(dm_reject(self_, handle()));
    case 9:
      return done(dm_disconnect(self_, handle()));
    case 10:
      return done(dm_close_session(self_, handle(), source_.number(9)));
    case 11:
      return done(dm_close_connection(self_, handle(), source_.number(9)));
    case 12:
      return done(dm_release(self_, handle()));
    case 13:
      return done(dm_allocate_ack(self_, handle()));
    case 14:
      return done(dm_join(self_, handle(), write(given), size));
    case 15:
      return done(dm_leave(self_, handle(), write(given), size));
    case 16:
      dm_input(self_, 1);
      return done(dm_set_connect_timeout(self_, source_.byte()));
    case 17:
      return done(dm_rename(self_, handle(), write(given), size));
    case 18:
      return done(dm_unlist(self_, handle()));
    case 19:
      return done(dm_send_pings(self_, now_));
    default:
      const std::uint32_t session = handle();
      return done(dm_allocate_broadcast_ack(self_, handle(), &session, source_.number(2)));
    }
  }

  void check_bytes() { sum_ += sum(reinterpret_cast<const char*>(value(value_0)), value(value_1)); }
  void check_handles() {
    for (const std::uint32_t one : list<std::uint32_t>(value_0, value(value_1))) sum_ += one;
  }
  void check_strings() {
    const auto* bytes = reinterpret_cast<const char*>(value(value_1));
    for (const std::uint32_t size : list<std::uint32_t>(value_0, value(value_2))) {
      sum_ += sum(bytes, size);
      bytes += size;
    }
  }
  void check_recipients() {
    for (const std::uint32_t one : list<std::uint32_t>(value_0, value(value_2))) sum_ += one;
    for (const std::uint32_t one : list<std::uint32_t>(value_1, value(value_2))) sum_ += one;
  }

  void ask() {
    const std::string_view given = text();
    const auto size = static_cast<std::uint32_t>(given.size());
    switch (source_.number(12)) {
    case 0:
      dm_rooms_of(self_, handle());
      return check_strings();
    case 1:
      dm_rooms_in(self_, handle());
      return check_strings();
    case 2: {
      const char* area = write({given, source_.text(), given});
      dm_resolve(self_, handle(), area, source_.number(3), source_.number(2));
      return check_recipients();
    }
    case 3:
      dm_member_count(self_, handle(), write(given), size);
      dm_members_of(self_, handle(), write(given), size);
      return check_recipients();
    case 4: {
      const std::uint32_t connection = handle();
      dm_snapshot(self_, connection);
      const std::string bytes(reinterpret_cast<const char*>(value(value_0)), value(value_1));
      if (bytes.empty()) return;
      const auto length = static_cast<std::uint32_t>(bytes.size());
      if (source_.number(2) == 0) done(dm_close_connection(self_, connection, 0));
      return done(dm_restore(self_, now_, write(bytes), length));
    }
    case 5:
      (void)dm_poll_changed(self_);
      return check_handles();
    case 6:
      dm_engine_id(self_, handle());
      return check_bytes();
    case 7:
      dm_sessions_of(self_, handle());
      return check_handles();
    case 8:
      dm_session_id(self_, handle());
      return check_bytes();
    case 9:
      dm_namespace_name(self_, handle());
      return check_bytes();
    case 10:
      sum_ += dm_check_handshake(self_, write({given, source_.text(), given, "GET"}),
                                 source_.number(4));
      return;
    default:
      sum_ += dm_find_session(self_, handle(), write(given), size) +
              dm_find_namespace(self_, write(given), size) +
              dm_find_connection(self_, write(given), size) + dm_connection_count(self_) +
              dm_protocol(self_, handle()) + dm_transport(self_, handle()) +
              dm_namespace_of(self_, handle()) + dm_connection_of(self_, handle()) +
              dm_is_connected(self_, handle());
      dm_recovery_id(self_, handle());
      check_bytes();
    }
  }

  ByteSource& source_;
  DormouseServer* self_;
  bool is_configured_ = false;
  double now_ = 1'000'000;
  /// Of everything that was read.
  mutable Word sum_ = 0;
};

}  // namespace

}  // namespace dormouse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dormouse;
  fuzz::ByteSource source(data, size < 600 ? size : 600);
  fuzz::Glue(source).run();
  return 0;
}
