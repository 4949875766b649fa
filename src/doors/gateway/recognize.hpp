// Whose failure is it? A request that is refused before the authenticate stage (404, 405, 400, 413 ...) may carry a credential all the same, and who
// scans with a key changes addresses more easily than keys.
#pragma once

namespace gatehouse::gateway {

class Exchange;

/// Sets the principal of a canonical request that is being refused, if it carries one credential, that is good, and it costs next to nothing to know: an
/// API key (a look-up in memory) or a token whose signature this thread has proved before. No signature is checked here: a flood of made-up tokens to
/// unknown paths stays as cheap as one without. What is bad counts against nobody's credential, so nobody can have another's key banned.
void recognize(Exchange& exchange);

}  // namespace gatehouse::gateway
