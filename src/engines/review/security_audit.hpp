// Who may ask, and on which way: security requirements, schemes, flows, scopes, servers.
#pragma once
#include "engines/contract/reading.hpp"
#include "engines/review/findings.hpp"

namespace gatehouse::review {

void audit_security(contract::Reading& reading, Findings& findings);

}  // namespace gatehouse::review
