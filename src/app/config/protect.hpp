// A configuration from nothing but the URL of an API: what `gatehouse protect URL` runs on, and what `gatehouse init` writes down.
#pragma once
#include "app/config/load.hpp"
#include "ground/base/result.hpp"

namespace gatehouse::config {

/// TLS with a local certificate on 127.0.0.1:8443; one route for all paths, GET, HEAD, POST, PUT and PATCH with an API key; nothing
/// else. `folder` (absolute, or empty for the working directory) is where gatehouse-data is made. Fault::invalid: not the URL of an origin.
[[nodiscard]] Result<Configuration> protect_configuration(std::string_view url, std::string_view folder = {});

/// The same as a commented document. Loaded from `folder` it gives an equal Configuration. `contract`, if it is not empty, is the path of an OpenAPI document
/// from which the routes come instead.
[[nodiscard]] Result<std::string> init_document(std::string_view url, std::string_view contract = {});

}  // namespace gatehouse::config
