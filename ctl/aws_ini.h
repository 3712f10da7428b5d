// The lines of ~/.aws/config or ~/.aws/credentials and what botocore (that is, Python's configparser) reads in them.
// Used by aws_config. Text in, text out; what is not edited keeps every byte.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vouch {

struct AwsSetting {
  std::string key;       // in lower case
  std::string value;     // of several lines for nested settings, with \n between them
  std::size_t line = 0;  // where it begins
  std::size_t end = 0;   // behind its last line
};

struct AwsSection {
  const AwsSetting* Find(std::string_view key) const;

  std::string header;  // what stands between the brackets
  std::size_t line = 0;
  std::vector<AwsSetting> settings;
};

class AwsIni {
 public:
  explicit AwsIni(std::string_view text);

  std::string text() const;
  const std::vector<AwsSection>& sections() const { return sections_; }  // in their order; several may have one name

  // The first line (from 1) because of which botocore refuses the whole file; 0 when there is none.
  std::size_t bad_line() const { return bad_line_; }

  // Gives a setting of the section with that index a value: in its place when it exists, else behind the setting
  // `after`, else behind the last one.
  void Set(std::size_t section, std::string_view key, std::string_view value, std::string_view after = {});

  // Puts a line of its own before a setting that exists. A comment of several lines, as the end of a value may be,
  // becomes one.
  void AddComment(std::size_t section, std::string_view key, std::string comment);

  // Makes comments of the lines of a setting that exists, or of the header of a section; their text stays behind "# ".
  // An indented header below loses its indentation where it would else become a line of the value above.
  void CommentOut(std::size_t section, std::string_view key);
  void CommentOutHeader(std::size_t section);

  // Appends lines, given with \n, after an empty line.
  void Append(std::string_view lines);

 private:
  struct Line {
    std::string content;
    std::string ending;  // \n, \r\n, \r, or nothing in the last line
  };

  void Split(std::string_view text);
  void Parse();
  void Insert(std::size_t at, const std::string& content);
  std::string Indentation(std::size_t line) const;
  std::string IndentationOfNextHeader(std::size_t section) const;
  const std::string& Ending() const;

  std::vector<Line> lines_;
  std::vector<AwsSection> sections_;
  std::size_t bad_line_ = 0;
};

}  // namespace vouch
