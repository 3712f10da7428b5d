// What the agent may know about the calling process: its AI agent marker, its Vouch server and the allow-listed AWS
// settings, read from the environment of the program that asks. Part of the contract's client side: used by the shims and
// by vouchctl.
#pragma once

#include <string>

#include "vouch/agent/v1/agent.pb.h"

namespace vouch {

// Name of the AI agent that runs us, by the variables and in the order of the protocol reference 4.7; empty = a person.
// AGENT and AI_AGENT count when not empty, every other marker when present.
std::string AgentSource();

// The whole context. An empty variable counts as unset; all text is valid UTF-8.
agent::v1::CallerContext CallerFromEnvironment();

}  // namespace vouch
