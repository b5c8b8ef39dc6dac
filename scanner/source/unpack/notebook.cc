// Read as a stream of events: a notebook with pictures has many megabytes, and most of them are of no interest.
//
//   {"cells": [{"source": ["line\n", "line"], "outputs": [{"text": [...]}, {"data": {"text/plain": [...]}},
//    {"ename": ..., "evalue": ..., "traceback": [...]}]}], "nbformat": 4}         nbformat 4
//   {"worksheets": [{"cells": [{"input": [...], "outputs": [...]}]}]}            nbformat 3
#include "scanner/source/unpack/notebook.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace overreach {
namespace {

using Json = nlohmann::json;

/// Follows the path through the document and gathers the strings of each text.
class NotebookEvents : public Json::json_sax_t {
 public:
  explicit NotebookEvents(Inside& inside) : inside_(inside) {}

  bool null() override { return next(); }
  bool boolean(bool) override { return next(); }
  bool number_integer(Json::number_integer_t) override { return next(); }
  bool number_unsigned(Json::number_unsigned_t) override { return next(); }
  bool number_float(Json::number_float_t, const std::string&) override { return next(); }
  bool binary(Json::binary_t&) override { return next(); }

  bool string(std::string& value) override {
    if (wanted()) text_ += value;
    if (joins_lines()) text_ += '\n';
    return next();
  }
  bool start_object(std::size_t) override { return open({}); }
  bool key(std::string& name) override {
    if (!path_.empty()) path_.back().key = name;
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Level{{}, 0, true}); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  struct Level {
    std::string key;        // of an object: the member we are in
    std::size_t index = 0;  // of an array: the element we are in
    bool array = false;
  };
  static constexpr std::size_t kDeepest = 64;  // levels that are followed

  bool open(Level level) {
    path_.push_back(std::move(level));
    return path_.size() < 100'000;
  }

  bool close() {
    path_.pop_back();
    return next();
  }

  /// A value has ended.
  bool next() {
    if (!path_.empty() && path_.back().array) ++path_.back().index;
    if (ends_text()) flush();
    return !inside_.stopped();
  }

  /// Where the members of the cell begin in path_; 0: not in a cell.
  std::size_t cell() const {
    for (std::size_t i = 0; i + 2 < path_.size() && i < 4; ++i)
      if (path_[i].key == "cells" && path_[i + 1].array) return i + 2;
    return 0;
  }

  bool wanted() const {
    const std::size_t at = cell();
    if (at == 0 || path_.size() > kDeepest) return false;
    const std::string& key = path_[at].key;
    if (key == "source" || key == "input") return true;
    if (key != "outputs" || path_.size() < at + 3) return false;
    const std::string& what = path_[at + 2].key;
    if (what == "data") return path_.size() > at + 3 && is_text(path_[at + 3].key);
    return what == "text" || what == "traceback" || what == "evalue" || what == "ename" || what == "html";
  }

  static bool is_text(std::string_view type) {
    return type.starts_with("text/") || type == "application/json" || type == "application/javascript" ||
           type == "image/svg+xml";
  }

  /// The lines of a traceback and the members of an error have no line breaks of their own.
  bool joins_lines() const {
    const std::size_t at = cell();
    if (at == 0 || path_.size() < at + 3 || path_[at].key != "outputs") return false;
    const std::string& what = path_[at + 2].key;
    return what == "traceback" || what == "evalue" || what == "ename";
  }

  /// True at the end of a source and at the end of an output.
  bool ends_text() const {
    const std::size_t at = cell();
    if (text_.empty()) return false;
    if (at == 0) return true;
    const std::string& key = path_[at].key;
    return path_.size() == at + (key == "outputs" ? 2 : 1);
  }

  void flush() {
    const std::size_t at = cell();
    std::string name = "cell-" + std::to_string(at == 0 ? 0 : path_[at - 1].index + 1);
    // The output's index has moved on by now.
    if (at != 0 && path_[at].key == "outputs") name += "/output-" + std::to_string(path_[at + 1].index);
    inside_.file(std::move(name), text_);
    text_.clear();
  }

  Inside& inside_;
  std::vector<Level> path_;
  std::string text_;
};

}  // namespace

bool read_notebook(std::string_view bytes, Inside& inside) {
  NotebookEvents events(inside);
  return Json::sax_parse(bytes.begin(), bytes.end(), &events) || inside.stopped();
}

}  // namespace overreach
