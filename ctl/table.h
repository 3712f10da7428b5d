// A table for a terminal. Used by the commands that list something.
#pragma once

#include <string>
#include <vector>

namespace vouch {

// Columns two spaces apart, as wide as their widest cell (in characters); no space at the end of a line. Control
// characters become spaces.
class Table {
 public:
  explicit Table(std::vector<std::string> heading) { Add(std::move(heading)); }

  void Add(std::vector<std::string> row);  // as many cells as the heading
  std::string Format() const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> widths_;
};

}  // namespace vouch
