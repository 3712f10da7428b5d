// Answers of a usual size, the same for every server that stands in for vouchd in a measurement.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>

#include "vouch/agent/v1/agent.pb.h"

namespace vouch {

constexpr std::size_t kSecretBytes = 40, kSessionTokenBytes = 1200, kEksTokenBytes = 2200;
constexpr std::int64_t kLifetime = 3600;

inline void Fill(agent::v1::GetAwsCredentialsResponse& response) {
  response.set_access_key_id("ASIAQQQQQQQQQQQQQQQQ");
  response.set_secret_access_key(std::string(kSecretBytes, 's'));
  response.set_session_token(std::string(kSessionTokenBytes, 't'));
  response.set_expires_at(std::time(nullptr) + kLifetime);
}

inline void Fill(agent::v1::GetEksTokenResponse& response) {
  response.set_token(std::string(kEksTokenBytes, 'e'));
  response.set_expires_at(std::time(nullptr) + kLifetime);
}

inline void Fill(agent::v1::GetStatusResponse& response) {
  response.mutable_session()->set_email("alice@example.com");
  response.mutable_session()->set_seconds_left(kLifetime);
}

}  // namespace vouch
