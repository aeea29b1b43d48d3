// The three times at which the core has something to do by itself.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "dormouse/types.h"

namespace dormouse {

enum class Timer : std::uint8_t {
  /// The next point of the heartbeat grid: all clients are pinged.
  heartbeat,
  /// No client has to be closed for its silence before this time. A lower bound, and only used
  /// where silence is judged between heartbeats (`PongSource::message`).
  silence,
  /// No client has to be closed for joining no namespace before this time. A lower bound.
  joining,
};

class Timers {
 public:
  [[nodiscard]] Milliseconds at(Timer timer) const { return times_[place(timer)]; }
  [[nodiscard]] bool is_set(Timer timer) const { return at(timer) != kNever; }
  [[nodiscard]] bool is_due(Timer timer, Milliseconds now) const { return at(timer) <= now; }
  void set(Timer timer, Milliseconds time) { times_[place(timer)] = time; }
  void set_earlier(Timer timer, Milliseconds time) { set(timer, std::min(at(timer), time)); }
  void stop(Timer timer) { set(timer, kNever); }
  void stop_all() { std::fill(std::begin(times_), std::end(times_), kNever); }

  /// `kNever` if none is set.
  [[nodiscard]] Milliseconds next_timeout() const {
    return *std::min_element(std::begin(times_), std::end(times_));
  }

 private:
  static std::size_t place(Timer timer) { return static_cast<std::size_t>(timer); }

  Milliseconds times_[3] = {kNever, kNever, kNever};
};

}  // namespace dormouse
