// The files of tests/vectors, for the tests of agent/formats.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"

namespace vouch {

// A JSON file by its path below tests/vectors; throws when it is not there.
nlohmann::json ReadVector(const std::string& path);

// The names of the JSON files of a folder below tests/vectors, without ".json", sorted.
std::vector<std::string> VectorNames(const std::string& folder);

// The names of the members of a file that holds one object, in its order.
std::vector<std::string> MemberNames(const std::string& path);

// A name that GoogleTest takes: everything but letters and digits becomes "_".
std::string TestName(std::string name);

// The reason of the Error that `call` throws; REASON_UNSPECIFIED when it throws none.
template <typename Call>
Reason ReasonOf(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.reason();
  }
  return REASON_UNSPECIFIED;
}

}  // namespace vouch
