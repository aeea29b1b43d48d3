// Namespaces: their names, which of them are open, and their ack ids. One exists while it is open
// or any session refers to it; who is in it, and in its rooms, is in rooms.h.
#pragma once

#include <string_view>

#include "dormouse/error.h"
#include "state.h"

namespace dormouse {

class Namespaces {
 public:
  explicit Namespaces(State& state) : state_(state) {}

  /// Opens a namespace for CONNECTs, if it is not open yet.
  NamespaceHandle open(std::string_view name);
  /// `wrong_state` while sessions refer to it.
  Status close(NamespaceHandle name_space);

  /// The handle of a name; adds a namespace that is not open if there is none.
  [[nodiscard]] NamespaceHandle mention(std::string_view name);
  /// One more session refers to it.
  void add_reference(NamespaceHandle name_space);
  /// One session less. A namespace that is neither open nor referred to is forgotten.
  void remove_reference(NamespaceHandle name_space);

  /// The next ack id.
  [[nodiscard]] AckId allocate_ack(NamespaceHandle name_space);
  /// Ack ids before `next` were given out before a sleep, and are not given out again.
  void skip_acks(NamespaceHandle name_space, AckId next);

 private:
  void forget_if_unused(NamespaceHandle name_space);

  State& state_;
};

}  // namespace dormouse
