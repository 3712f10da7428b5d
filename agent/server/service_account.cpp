// The half of the service that is about the account: enrolment, security keys, servers, posture.
#include <algorithm>

#include "server/on_worker.h"

namespace vouch {

using namespace agent::v1;

void Service::BeginEnrollment(Call& call, const BeginEnrollmentRequest& request, BeginEnrollmentResponse& response) {
  OnWorker("begin enrolment", call, [this, &request, &response] {
    const BegunEnrollment begun = parts_.enrollment.Begin(request.server());
    response.set_enrollment_id(begun.enrollment_id);
    response.set_user_code(begun.user_code);
    response.set_verification_uri(begun.verification_uri);
    response.set_verification_uri_complete(begun.verification_uri_complete);
    response.set_expires_at(begun.expires_at);
    response.set_expires_in_seconds(static_cast<std::int32_t>(begun.expires_in));
    response.set_interval_seconds(begun.interval);
    response.set_server(begun.server);
  });
}

void Service::PollEnrollment(Call& call, const PollEnrollmentRequest& request, PollEnrollmentResponse& response) {
  OnWorker("poll enrolment", call, [this, &call, &request, &response] {
    const EnrollmentPoll poll = parts_.enrollment.Poll(request.enrollment_id());
    response.set_interval_seconds(poll.interval);
    response.set_pending(!poll.session);
    if (!poll.session) return;
    parts_.hand_outs.Note("login", CallerOf(call), poll.session->vouch().server().text(), REASON_UNSPECIFIED);
    Describe(*poll.session, *response.mutable_session());
    parts_.executor.post("learn keys", [this, session = poll.session] { parts_.security_keys.Learn(session); });
  });
}

void Service::BeginKeyRegistration(Call& call, const BeginKeyRegistrationRequest& request,
                                   BeginKeyRegistrationResponse& response) {
  OnWorker("begin key registration", call, [this, &request, &response] {
    const BegunRegistration begun = parts_.security_keys.BeginRegistration(NamedServer(request.server()), request.name());
    const KeyRegistration& options = begun.options;
    response.set_registration_id(begun.registration_id);
    response.set_challenge(options.challenge);
    response.set_rp_id(options.rp_id);
    response.set_rp_name(options.rp_name);
    response.set_user_id(options.user_id);
    response.set_user_name(options.user_name);
    response.mutable_algorithms()->Add(options.algorithms.begin(), options.algorithms.end());
    for (const std::string& id : options.exclude_credential_ids) response.add_exclude_credential_ids(id);
    response.set_expires_at(begun.expires_at);
    response.set_server(begun.server);
  });
}

void Service::FinishKeyRegistration(Call& call, const FinishKeyRegistrationRequest& request,
                                    FinishKeyRegistrationResponse& response) {
  OnWorker("finish key registration", call, [this, &request, &response] {
    const Attestation attestation{request.credential_id(), request.public_key(), request.attestation_object(),
                                  request.client_data_json()};
    response.set_key_id(parts_.security_keys.FinishRegistration(request.registration_id(), attestation));
  });
}

void Service::ListKeys(Call& call, const ListKeysRequest& request, ListKeysResponse& response) {
  OnWorker("list keys", call, [this, &request, &response] {
    for (const RegisteredKey& key : parts_.security_keys.List(NamedServer(request.server()))) {
      ListKeysResponse::Key& listed = *response.add_keys();
      listed.set_id(key.id);
      listed.set_name(key.name);
      listed.set_created_at(key.created_at);
      listed.set_is_current_session(key.is_current_session);
      listed.set_device_model(key.device_model);
      listed.set_aaguid(key.aaguid);
    }
  });
}

void Service::RenameKey(Call& call, const RenameKeyRequest& request, RenameKeyResponse&) {
  OnWorker("rename key", call, [this, &request] {
    parts_.security_keys.Rename(NamedServer(request.server()), request.id(), request.name());
  });
}

void Service::RemoveKey(Call& call, const RemoveKeyRequest& request, RemoveKeyResponse& response) {
  OnWorker("remove key", call, [this, &request, &response] {
    const RemovedKey removed = parts_.security_keys.Remove(NamedServer(request.server()), request.id());
    response.set_sessions_revoked(removed.sessions_revoked);
    response.set_session_ended(removed.session_ended);
  });
}

void Service::CheckSession(Call& call, const CheckSessionRequest& request, CheckSessionResponse& response) {
  OnWorker("check session", call, [this, &request, &response] {
    const std::string server = NamedServer(request.server());
    const SessionCheck check = parts_.security_keys.Check(server);
    response.set_authenticated(check.authenticated);
    response.set_email(check.email);
    response.set_seconds_left(check.seconds_left);
    response.set_device_name(check.device_name);
    response.set_server(server.empty() ? parts_.login.CurrentServer() : server);
  });
}

void Service::SelectServer(Call& call, const SelectServerRequest& request, SelectServerResponse& response) {
  OnWorker("select server", call, [this, &request, &response] {
    const std::string server = parts_.login.SelectServer(request.server());
    response.set_server(server);
    response.set_has_session(parts_.sessions.Find(server) != nullptr);
  });
}

void Service::GetPosture(Call& call, const GetPostureRequest&, GetPostureResponse& response) {
  OnWorker("posture", call, [this, &response] {
    response.set_sent(parts_.sends_posture());
    response.set_authorization_details(parts_.posture());
  });
}

}  // namespace vouch
