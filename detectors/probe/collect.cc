#include "detectors/probe/collect.h"

#include <algorithm>
#include <charconv>
#include <ctime>

namespace overreach {
namespace {

using Json = nlohmann::json;

/// Pointers are read in `json`, everything else is a variable of `item`.
Lookup lookup_in(const Json& json, const Item* item) {
  return [&json, item](const std::string& name) -> std::optional<std::string> {
    if (name[0] == '/') return text_at(json, name);
    if (item == nullptr) return std::nullopt;
    const auto it = item->variables.find(name);
    return it == item->variables.end() ? std::nullopt : std::optional(it->second);
  };
}

bool passes(const AnswerTest& test, const Json& element, int status = 200) {
  return holds(test, Answer{.response = {.status = status, .headers = {}, .body = {}}, .json = element}, {});
}

/// One walk over an answer's resources, outer ones first.
class Collector {
 public:
  Collector(const Session& session, std::vector<Item>& items) : session_(session), items_(items) {}

  void walk(const std::vector<ResourceSource>& sources, const Json& json, const Item* around) {
    for (const ResourceSource& source : sources)
      for (const Json* element : select(json, source.each)) add(source, *element, around);
  }

 private:
  void add(const ResourceSource& source, const Json& element, const Item* around) {
    const auto id = text_at(element, source.id);
    if (!id || !wanted(source, element)) return;
    Item item{.type = source.type,
              .id = session_.safe(*id),
              .name = {},
              .where = {},
              .boundary = source.boundary,
              .hidden = source.hidden,
              .variables = {}};
    if (around != nullptr) {
      item.where = around->where;
      item.variables = around->variables;
    }
    if (!source.name.empty()) item.name = session_.safe(text_at(element, source.name).value_or(""));
    name_it(source, element, *id, item);
    const auto same = [&](const Item& old) {
      return old.type == item.type && old.id == item.id && old.where == item.where;
    };
    if (std::any_of(items_.begin(), items_.end(), same)) return;  // an earlier step listed it
    items_.push_back(item);
    walk(source.inside, element, &item);
  }

  static bool wanted(const ResourceSource& source, const Json& element) {
    return passes(source.only, element) && !(source.unless && passes(*source.unless, element));
  }

  /// Variables keep what the provider sent, because they go back to it; places are for reading.
  void name_it(const ResourceSource& source, const Json& element, const std::string& id, Item& item) const {
    item.variables[source.type + ".id"] = id;
    item.variables[source.type + ".name"] = item.name.empty() ? item.id : item.name;
    for (const auto& [variable, pointer] : source.keep)
      if (auto value = text_at(element, pointer)) item.variables[source.type + "." + variable] = std::move(*value);
    for (const auto& [dimension, text] : source.in)
      if (const auto value = fill(text, lookup_in(element, &item))) item.where.set(dimension, session_.safe(*value));
    if (!source.place.empty()) item.where.set(source.place, item.name.empty() ? item.id : item.name);
  }

  const Session& session_;
  std::vector<Item>& items_;
};

bool ignored(const ScopeSource& source, std::string_view scope) {
  return std::any_of(source.ignore.begin(), source.ignore.end(), [&](const std::string& pattern) {
    if (pattern.empty() || pattern.back() != '*') return scope == pattern;
    return scope.substr(0, pattern.size() - 1) == std::string_view(pattern).substr(0, pattern.size() - 1);
  });
}

/// The texts at one place: a text, split or not; the elements of a list; "key:value" of a table.
void texts_at(const Json& value, const std::string& separator, std::vector<std::string>& out) {
  if (value.is_array()) {
    for (const Json& element : value) texts_at(element, separator, out);
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.items())
      if (const auto text = text_of(member)) out.push_back(key + ":" + *text);
  } else if (auto text = text_of(value)) {
    std::string rest = std::move(*text);
    while (!separator.empty() && rest.find(separator) != std::string::npos) {
      out.push_back(rest.substr(0, rest.find(separator)));
      rest.erase(0, rest.find(separator) + separator.size());
    }
    out.push_back(std::move(rest));
  }
}

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

void add_scopes(const ScopeSource& source, const std::vector<std::string>& texts, const std::optional<Where>& where,
                const Session& session, std::vector<NamedScope>& out) {
  for (const std::string& text : texts) {
    const std::string scope = session.safe(trimmed(text));
    if (!scope.empty() && !ignored(source, scope)) out.push_back({.scope = source.prefix + scope, .where = where});
  }
}

/// `{"datasources:delete": ["datasources:uid:a"]}`: the scope, and what it holds on.
void add_keys(const ScopeSource& source, const Json& table, const Session& session, std::vector<NamedScope>& out) {
  for (const auto& [name, values] : table.items()) {
    std::vector<std::string> places;
    texts_at(values, {}, places);
    const bool limited = !places.empty() && std::none_of(places.begin(), places.end(), [](const std::string& place) {
      return place.empty() || place.back() == '*';
    });
    if (!limited) add_scopes(source, {name}, std::nullopt, session, out);
    if (limited)
      for (const std::string& place : places)
        add_scopes(source, {name}, Where{{source.keys, session.safe(place)}}, session, out);
  }
}

/// False when the source is not in the answer.
bool read_source(const ScopeSource& source, const Json& json, const Answer& answer, const Item* around,
                 const Session& session, std::vector<NamedScope>& out) {
  if (!passes(source.only, json, answer.response.status)) return false;
  std::optional<Where> where;
  for (const auto& [dimension, text] : source.where)
    if (const auto value = fill(text, lookup_in(json, around))) {
      if (!where) where.emplace();
      where->set(dimension, session.safe(*value));
    }
  std::vector<std::string> texts;
  if (!source.header.empty()) {
    const auto& headers = answer.response.headers;
    const bool there =
        std::any_of(headers.begin(), headers.end(), [&](const auto& h) { return h.first == source.header; });
    if (!there) return false;
    texts_at(Json(std::string(answer.response.header(source.header))), source.separator, texts);
  } else {
    const auto values = select(json, source.at);
    if (std::all_of(values.begin(), values.end(), [](const Json* v) { return v->is_null(); })) return false;
    for (const Json* value : values) {
      if (!source.keys.empty() && value->is_object())
        add_keys(source, *value, session, out);
      else
        texts_at(*value, source.separator, texts);
    }
  }
  add_scopes(source, texts, where, session, out);
  return true;
}

std::string iso_time(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm utc{};
  if (gmtime_r(&time, &utc) == nullptr) return {};
  char text[32];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return std::string(text, size);
}

/// "2027-01-31 10:00:00 UTC" -> "2027-01-31T10:00:00Z"; what is ISO already stays.
std::string iso_date(std::string text) {
  const bool dashed = text.size() >= 10 && text[4] == '-' && text[7] == '-';
  if (!dashed) return {};
  if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
  if (const std::size_t space = text.find(' '); space != std::string::npos) {
    const std::string zone = text.substr(space + 1);
    text.erase(space);
    text += zone == "UTC" ? "Z" : zone;
  }
  return tidy(text, 40);
}

}  // namespace

void collect_resources(const ProbeStep& step, const Json& answer, const Item* around, const Session& session,
                       std::vector<Item>& items) {
  Collector(session, items).walk(step.resources, answer, around);
}

std::optional<std::vector<NamedScope>> collect_scopes(const ProbeStep& step, const Answer& answer, const Item* around,
                                                      const Session& session) {
  std::vector<NamedScope> scopes;
  bool there = false;
  for (const ScopeSource& source : step.scopes) {
    const auto lists = source.each.empty() ? std::vector<const Json*>{&answer.json} : select(answer.json, source.each);
    for (const Json* json : lists) there |= read_source(source, *json, answer, around, session, scopes);
  }
  if (!there) return std::nullopt;
  return scopes;
}

std::string collect_expiry(const ExpirySource& source, const Answer& answer, std::int64_t now) {
  std::optional<std::string> text;
  if (!source.header.empty()) {
    if (const std::string_view value = answer.response.header(source.header); !value.empty()) text = std::string(value);
  } else {
    text = text_at(answer.json, source.at);
  }
  if (!text || text->empty()) return source.absent;
  if (source.form == "date") return iso_date(std::move(*text));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || number < 0) return {};
  if (source.form == "seconds") return iso_time(now + number);
  constexpr std::int64_t kNoSecondsAnyMore = 100'000'000'000;  // the year 5138
  return iso_time(number < kNoSecondsAnyMore ? number : number / 1000);
}

}  // namespace overreach
