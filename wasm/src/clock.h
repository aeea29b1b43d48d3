// The time as the sessions see it: it never goes back.
#pragma once

#include <algorithm>

#include "dormouse/types.h"

namespace dormouse {

/// Turns the host's clock, which may be set back at any moment, into one that only goes forward.
/// After a step back this clock stays ahead of the host's by the size of the step.
class Clock {
 public:
  /// For steps back up to this, `now` stands still until the host has caught up: small corrections
  /// of clocks are common.
  static constexpr Milliseconds kTolerance = 1'000;

  /// The host's clock shows `host`. Returns true if it was set back.
  [[nodiscard]] bool advance(Milliseconds host) {
    const Milliseconds time = host + ahead_;
    if (time >= now_) {
      now_ = time;
      return false;
    }
    if (!is_set_back(host)) return false;
    ahead_ += now_ - time;
    return true;
  }

  /// Whether `host` is a step back beyond the tolerance. NaN is not.
  [[nodiscard]] bool is_set_back(Milliseconds host) const {
    return now_ - from_host(host) > kTolerance;
  }

  [[nodiscard]] Milliseconds now() const { return now_; }
  /// What `now` would be if the host's clock showed `host`, which is no step back.
  [[nodiscard]] Milliseconds now_at(Milliseconds host) const {
    return std::max(now_, from_host(host));
  }
  [[nodiscard]] Milliseconds from_host(Milliseconds host) const { return host + ahead_; }
  /// Not before the epoch; `kNever` stays what it is.
  [[nodiscard]] Milliseconds to_host(Milliseconds time) const {
    if (time == kNever) return kNever;
    return time > ahead_ ? time - ahead_ : 0;
  }

 private:
  Milliseconds now_ = 0;
  Milliseconds ahead_ = 0;
};

}  // namespace dormouse
