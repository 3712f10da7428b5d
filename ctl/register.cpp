#include "register.h"

#include <ostream>

#include "error.h"
#include "fido/client_data.h"
#include "key_name.h"
#include "login.h"

namespace vouch {
namespace {

BeginKeyRegistrationResponse Begin(const RegisterOptions& options, const std::string& name, Client& client) {
  BeginKeyRegistrationRequest request;
  request.set_name(name);
  request.set_server(options.server);
  return client.BeginKeyRegistration(request);
}

std::vector<std::string> Excluded(const BeginKeyRegistrationResponse& begun) {
  return {begun.exclude_credential_ids().begin(), begun.exclude_credential_ids().end()};
}

CredentialRequest ToRequest(const BeginKeyRegistrationResponse& begun) {
  return {.rp_id = begun.rp_id(),
          .rp_name = begun.rp_name(),
          .user_id = begun.user_id(),
          .user_name = begun.user_name(),
          .algorithms = {begun.algorithms().begin(), begun.algorithms().end()},
          .excluded = Excluded(begun),
          .client_data_json = CreationClientDataJson(begun.challenge(), begun.rp_id())};
}

}  // namespace

BeginKeyRegistrationResponse BeginRegistration(const RegisterOptions& options, Client& client) {
  return Begin(options, options.name.empty() ? DefaultKeyName("") : CheckedKeyName(options.name), client);
}

std::string FinishRegistration(const RegisterOptions& options, BeginKeyRegistrationResponse begun, Client& client,
                               KeyDialog& key, std::optional<std::chrono::seconds> find_limit) {
  CredentialRequest question = ToRequest(begun);  // before the search: it checks what the server said
  key.Open({.rp_id = begun.rp_id(), .is_for_new_credential = true, .excluded = question.excluded}, find_limit);

  std::string name = options.name.empty() ? DefaultKeyName(key.Product()) : CheckedKeyName(options.name);
  if (options.name.empty() && name != DefaultKeyName("")) {  // the server takes the name at the beginning only
    begun = Begin(options, name, client);
    question = ToRequest(begun);
  }
  const NewCredential made = key.MakeCredential(question);

  FinishKeyRegistrationRequest finish;
  finish.set_registration_id(begun.registration_id());
  finish.set_credential_id(made.credential_id);
  finish.set_public_key(made.public_key);
  finish.set_attestation_object(made.attestation_object);
  finish.set_client_data_json(question.client_data_json);
  client.FinishKeyRegistration(finish);
  return name;
}

void RunRegister(const RegisterOptions& options, Client& client, KeyDialog& key, std::ostream& out) {
  BeginKeyRegistrationResponse begun;
  const auto begin = [&] { begun = BeginRegistration(options, client); };
  WithStepUp({options.server}, client, key, begin);
  const std::string name = FinishRegistration(options, std::move(begun), client, key);
  out << "Registered this security key as \"" << Printable(name) << "\"." << std::endl;
}

}  // namespace vouch
