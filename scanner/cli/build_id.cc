#include "scanner/cli/build_id.h"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstring>

namespace overreach {
namespace {

constexpr std::size_t padded(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

/// The description of the GNU build-id note in a segment of notes; empty when it has none.
std::string id_in(const char* notes, std::size_t size) {
  while (size >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes, sizeof note);
    const std::size_t name = sizeof note;
    const std::size_t description = name + padded(note.n_namesz);
    const std::size_t end = description + padded(note.n_descsz);
    if (end > size) break;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(notes + name, "GNU", 4) == 0)
      return {notes + description, note.n_descsz};
    notes += end;
    size -= end;
  }
  return {};
}

/// Called for the program first, then for its libraries, which do not count.
int on_object(dl_phdr_info* info, std::size_t /*size*/, void* out) noexcept {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = info->dlpi_phdr[i];
    if (header.p_type != PT_NOTE) continue;
    std::string id = id_in(reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr), header.p_memsz);
    if (!id.empty()) *static_cast<std::string*>(out) = std::move(id);
  }
  return 1;
}

}  // namespace

std::string build_id() {
  std::string id;
  dl_iterate_phdr(on_object, &id);
  return id.empty() ? OVERREACH_VERSION : id;
}

}  // namespace overreach
