// The only place that knows what a CURLcode means. Used by curl_http_client only.
#pragma once

#include <string>

#include "base/error.h"
#include "remote/curl_network.h"
#include "remote/url.h"

namespace vouch {

// `code` is a CURLcode other than CURLE_OK, `easy` the handle that gave it, `details` what libcurl wrote into its error buffer:
// read for what no code tells, never shown.
Error CurlError(CURL* easy, int code, const Url& url, const Network& network, const std::string& details);

}  // namespace vouch
