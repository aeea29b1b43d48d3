// A server that is driven by names instead of handles, so that two of them can be compared although
// one has slept and gives its handles out anew.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dormouse/server.h"
#include "effects.h"

namespace dormouse::test {

class Twin : public HandleNames {
 public:
  explicit Twin(const Config& config)
      : config_(config), server_(std::make_unique<Server>(config)) {}

  [[nodiscard]] Server& server() const { return *server_; }

  /// Every connection, closed ones too.
  [[nodiscard]] std::vector<ConnectionHandle> connections() const {
    std::vector<ConnectionHandle> handles;
    for (std::uint32_t index = 0; index < server_->connection_limit(); ++index) {
      const ConnectionHandle handle = server_->connection_at(index);
      if (handle != kNone) handles.push_back(handle);
    }
    return handles;
  }

  [[nodiscard]] ConnectionHandle find(std::string_view engine_id) const {
    for (const ConnectionHandle handle : connections()) {
      if (server_->engine_id(handle) == engine_id) return handle;
    }
    return kNone;
  }

  [[nodiscard]] SessionHandle find(std::string_view engine_id, std::string_view name_space) const {
    for (const SessionHandle session : server_->sessions_of(find(engine_id))) {
      const bool is_there = server_->namespace_name(server_->namespace_of(session)) == name_space;
      if (is_there && !over_.contains(session)) return session;
    }
    return kNone;
  }

  /// Names of sessions that are over for their clients and not released.
  [[nodiscard]] std::vector<std::string> over() const {
    std::vector<std::string> names;
    for (const auto& [handle, name] : over_) names.push_back(name);
    std::sort(names.begin(), names.end());
    return names;
  }

  /// The application is done with one of them.
  void release(std::string_view name) {
    const auto is_it = [&](const auto& entry) { return entry.second == name; };
    const auto found = std::find_if(over_.begin(), over_.end(), is_it);
    failed_ = failed_ || found == over_.end() || server_->release(found->first) != Status::ok;
    if (found != over_.end()) over_.erase(found);
  }
  /// Whether a session could not be released that was over.
  [[nodiscard]] bool failed() const { return failed_; }

  // Named after the engine id and the namespace: a client is in a namespace once.
  // Effects may name a connection that is gone by the time they are read.
  [[nodiscard]] std::string connection(ConnectionHandle handle) const override {
    const auto known = names_.find(handle);
    return known == names_.end() ? "" : known->second;
  }
  [[nodiscard]] std::string session(SessionHandle handle) const override {
    return connection(server_->connection_of(handle)) + "@" +
           std::string(server_->namespace_name(server_->namespace_of(handle)));
  }
  [[nodiscard]] std::string name_space(NamespaceHandle handle) const override {
    return handle == kNone ? "-" : std::string(server_->namespace_name(handle));
  }

  void open_namespace(std::string_view name) {
    server_->add_namespace(name);
    if (std::find(open_.begin(), open_.end(), name) == open_.end()) open_.emplace_back(name);
  }

  Status open(Milliseconds now, EngineProtocol protocol, std::string_view engine_id) {
    ConnectionHandle connection = kNone;
    const Status status =
        server_->handle_open(now, protocol, Transport::websocket, engine_id, connection);
    if (status == Status::ok) note(connection);
    return status;
  }

  /// Keeps the snapshots of what has changed, as a host does after every event.
  void save() {
    const std::span<const ConnectionHandle> changed = server_->poll_changed();
    for (const ConnectionHandle handle : std::vector(changed.begin(), changed.end())) {
      saved_[connection(handle)] = server_->snapshot(handle);
    }
  }

  /// Keeps the snapshots of all.
  void save_all() {
    for (const ConnectionHandle handle : connections()) {
      const std::string_view snapshot = server_->snapshot(handle);
      if (!snapshot.empty()) saved_[connection(handle)] = snapshot;
    }
  }

  /// Drops the server and restores the open connections from what was saved. Returns the lines of
  /// the effects, and a line for every call that failed.
  std::vector<std::string> sleep(Milliseconds now) {
    std::vector<std::string> snapshots;
    for (const ConnectionHandle handle : connections()) {
      if (!server_->snapshot(handle).empty()) snapshots.push_back(saved_[connection(handle)]);
    }
    names_.clear();
    saved_.clear();
    over_.clear();
    server_ = std::make_unique<Server>(config_);
    for (const std::string& name : open_) server_->add_namespace(name);
    std::vector<std::string> lines;
    for (const std::string& snapshot : snapshots) {
      ConnectionHandle handle = kNone;
      const Status status = server_->restore(now, snapshot, handle);
      if (status != Status::ok) lines.push_back("! " + std::string(name_of(status)));
      if (status == Status::ok) {
        note(handle);
        saved_[connection(handle)] = snapshot;
      }
      add_effects(lines, "");
    }
    return lines;
  }

  /// The effects of the last call. Without deadlines: a server that has slept may have others.
  void add_effects(std::vector<std::string>& lines, std::string_view message) {
    bool valid = true;
    const EffectWriter writer(*this, message);
    for (const Effect& effect : decode_effects(server_->poll_effects(), valid)) {
      if (effect.kind == EffectKind::closing) {
        over_[effect.fields[0]] = session(effect.fields[0]);
      }
      if (effect.kind == EffectKind::deadline) {
        deadline_ = EffectWriter::deadline(effect.fields);
      } else {
        lines.push_back(writer.line(effect));
      }
    }
    if (!valid) lines.emplace_back("malformed effects");
  }

  /// The last one that was reported.
  [[nodiscard]] Milliseconds deadline() const { return deadline_; }

 private:
  void note(ConnectionHandle handle) { names_[handle] = server_->engine_id(handle); }

  Config config_;
  std::unique_ptr<Server> server_;
  Milliseconds deadline_ = kNever;
  std::map<ConnectionHandle, std::string> names_;
  std::map<SessionHandle, std::string> over_;
  bool failed_ = false;
  std::vector<std::string> open_;
  std::map<std::string, std::string> saved_;
};

}  // namespace dormouse::test
