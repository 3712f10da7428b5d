// Microseconds of one EKS token, made in this process by the code that ships, and of the hashing in it alone (five
// HMAC-SHA-256 and one SHA-256 of the canonical request, AWS SigV4), with the algorithms looked up before.
#include <cstdlib>
#include <ctime>
#include <exception>
#include <stdexcept>

#include "base/encoding.h"
#include "formats/eks_token.h"
#include "samples.h"

namespace {

constexpr int kBatch = 50;  // tokens a sample: the clock is read less often
constexpr std::size_t kSecretBytes = 40, kSessionTokenBytes = 1200;
constexpr std::size_t kCanonicalRequestBytes = kSessionTokenBytes + 400;  // the token and the other parameters
constexpr std::size_t kStringToSignBytes = 140;

template <class Work>
double MicrosecondsOfOne(Work&& work) {
  return vouch::MicrosecondsOf([&] {
           for (int i = 0; i < kBatch; ++i) work();
         }) /
         kBatch;
}

void HashAlone() {
  static const std::string request(kCanonicalRequestBytes, 'r'), to_sign(kStringToSignBytes, 't');
  static const std::string key("AWS4" + std::string(kSecretBytes, 's'));
  vouch::Sha256(request);
  vouch::HmacSha256Chain(key, {"20261124", "eu-west-1", "sts", "aws4_request", to_sign});
}

void Measure(int samples) {
  const std::string secret(kSecretBytes, 's'), token(kSessionTokenBytes, 't');
  const vouch::SigningKeys keys{"ASIAQQQQQQQQQQQQQQQQ", secret, token};
  vouch::Series series{{"token", {}}, {"hashes", {}}};
  const std::int64_t now = std::time(nullptr);
  for (int sample = -1; sample < samples; ++sample) {  // the first is not counted
    const double made = MicrosecondsOfOne([&] {
      if (vouch::MakeEksToken(keys, "sts.eu-west-1.amazonaws.com", "eu-west-1", "demo", now).empty())
        throw std::runtime_error("no token");
    });
    const double hashed = MicrosecondsOfOne(HashAlone);
    if (sample < 0) continue;
    series[0].second.push_back(made);
    series[1].second.push_back(hashed);
  }
  vouch::Print(series);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2 || std::atoi(argv[1]) <= 0) {
    std::fputs("usage: bench-presign SAMPLES\n", stderr);
    return 2;
  }
  Measure(std::atoi(argv[1]));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench-presign: %s\n", error.what());
  return 1;
}
