#include "json.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace dormouse {

namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write_text(Writer& writer, std::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void write_key(Writer& writer, std::string_view key) {
  writer.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
}

std::string take(const rapidjson::StringBuffer& buffer) {
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace

std::string handshake_json(std::string_view engine_id, const Config& config) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  write_key(writer, "sid");
  write_text(writer, engine_id);
  write_key(writer, "upgrades");
  writer.StartArray();
  writer.EndArray();
  write_key(writer, "pingInterval");
  writer.Uint(config.ping_interval);
  write_key(writer, "pingTimeout");
  writer.Uint(config.ping_timeout);
  write_key(writer, "maxPayload");
  writer.Uint(config.max_payload);
  writer.EndObject();
  return take(buffer);
}

std::string connect_json(std::string_view session_id, std::string_view recovery_id) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  write_key(writer, "sid");
  write_text(writer, session_id);
  if (!recovery_id.empty()) {
    write_key(writer, "pid");
    write_text(writer, recovery_id);
  }
  writer.EndObject();
  return take(buffer);
}

std::string error_json(std::string_view message) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  write_key(writer, "message");
  write_text(writer, message);
  writer.EndObject();
  return take(buffer);
}

}  // namespace dormouse
