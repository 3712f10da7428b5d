// What vouchd sends to AWS, made by the library that ships: for the orders that emit.cpp lists.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace vouch {

// Whether `what` is an order of these.
bool IsAwsOrder(const std::string& what);

nlohmann::json MakeForAws(const std::string& what, const nlohmann::json& order);

}  // namespace vouch
