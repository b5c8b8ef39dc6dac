// Linked into every program of a sanitizer build.

extern "C" const char* __lsan_default_suppressions() {
  // libgit2 1.5 loses the match data of each regular expression that revision parsing runs.
  return "leak:libpcre2\n";
}
