// The table of words: everything that `gatehouse` can be asked, in the order of the help.
#include <array>

#include "app/main/words/words.hpp"

namespace gatehouse::main {
namespace {

constexpr Option config_option{"--config", 'c', "FILE", "the configuration (default: gatehouse.yaml, where there is one)", Offer::file};
constexpr Option data_option{"--data", 'd', "DIRECTORY", "the data directory (default: what the configuration names, else gatehouse-data)",
                             Offer::directory};

constexpr std::array common_rows{
    Option{"--json", 0, "", "answer in JSON"},
    Option{"--help", 'h', "", "explain this word"},
};

constexpr std::array serve_options{config_option};
constexpr std::array protect_options{
    Option{"--listen", 'l', "ADDRESS", "where to listen (default: 127.0.0.1:8443)"},
    Option{"--metrics", 'm', "ADDRESS", "where /metrics and /healthz are answered, or none (default: 127.0.0.1:9464)"},
    Option{"--openapi", 'o', "FILE", "an OpenAPI document: only what it describes is let through, and held to it", Offer::file},
    Option{"--name", 'n', "NAME", "a further DNS name or address that the certificate is for", Offer::nothing, {}, true},
    Option{"--user", 'u', "NAME", "as root: the user to become for good when the listeners are bound"},
    data_option,
};
constexpr std::array protect_operands{Operand{"URL", true}};
constexpr std::array init_options{
    Option{"--output", 'o', "FILE", "where to write it (default: gatehouse.yaml; - for standard output)", Offer::file},
    Option{"--openapi", 0, "FILE", "an OpenAPI document from which the routes come", Offer::file},
    Option{"--force", 'f', "", "replace the file if it exists"},
    Option{"--schema", 0, "", "print the JSON Schema of the configuration instead, for editors"},
};
constexpr std::array init_operands{Operand{"URL", false}};
constexpr std::array check_options{config_option};
constexpr std::array place_options{config_option, data_option};
constexpr std::array routes_options{
    config_option,
    Option{"--data", 'd', "DIRECTORY", "ask the server that runs on this data directory", Offer::directory},
    Option{"--running", 'r', "", "ask the server that runs on the data directory that the configuration names"},
};

constexpr std::array contract_check_options{
    Option{"--all", 0, "", "every place, and what each rule means, instead of a summary"},
    Option{"--fail-on", 0, "SEVERITY", "status 1 if there is something as grave as that or graver (default: high)", Offer::nothing,
           "high medium low none"},
    Option{"--harmless", 0, "", "also list the values of requests that no injection fits into, each with its reason"},
};
constexpr std::array contract_operands{Operand{"FILE", true, Offer::file}};
constexpr std::array contract_diff_options{
    Option{"--all", 0, "", "every change, also those that harm nobody"},
    Option{"--fail-on", 0, "EFFECT", "status 1 if something breaks or cannot be compared, or also if something is looser (default: breaks)",
           Offer::nothing, "breaks looser none"},
};
constexpr std::array contract_diff_operands{Operand{"OLD", true, Offer::file}, Operand{"NEW", true, Offer::file}};

constexpr std::array contract_learn_options{
    config_option,
    data_option,
    Option{"--output", 'o', "FILE", "write the document there", Offer::file},
    Option{"--force", 'f', "", "replace the file if it exists"},
    Option{"--against", 0, "FILE", "compare with this document instead of proposing one", Offer::file},
    Option{"--min-seen", 0, "NUMBER", "leave out operations that were called less often (default: 1)"},
    Option{"--forget", 0, "", "forget everything that was learned, and learn anew"},
};

constexpr Option plan_option{"--plan", 'p', "NAME", "the plan whose limits apply"};
constexpr Option scope_option{"--scope", 's', "SCOPE", "a scope that the key carries", Offer::nothing, {}, true};
constexpr Option expires_option{"--expires", 'e', "WHEN", "when it ends: 2027-01-31, 2027-01-31T12:00:00Z, a time from now such as 90d, or never"};
constexpr Option address_option{"--address",    'a', "BLOCK", "an address or block that it may come from, such as 192.0.2.0/24",
                                Offer::nothing, {},  true};

constexpr Option subject_option{"--subject", 0, "TEXT", "whose key it is (default: its name)"};
constexpr Option environment_option{
    "--environment", 0, "NAME", "the environment that the key names; refused if the configuration takes the other one", Offer::nothing, "live test"};

constexpr std::array keys_create_options{
    config_option, data_option, plan_option, subject_option, scope_option, expires_option, address_option, environment_option,
};
constexpr std::array keys_create_operands{Operand{"NAME", true}};
constexpr std::array keys_import_options{
    config_option, data_option, plan_option, subject_option, scope_option, expires_option, address_option, environment_option,
};
constexpr std::array keys_import_operands{Operand{"FILE", true, Offer::file}};
constexpr std::array keys_list_options{
    config_option,
    data_option,
    Option{"--all", 0, "", "also keys that are revoked or have expired"},
    Option{"--after", 0, "ID", "begin after this key"},
    Option{"--limit", 'n', "NUMBER", "at most so many, 1 to 1000 (default: 100)"},
};
constexpr std::array keys_id_operands{Operand{"ID", true}};
constexpr std::array keys_rotate_options{
    config_option,
    data_option,
    Option{"--overlap", 0, "DURATION", "how long the old secret still works, such as 24h (default: 0s)"},
};
constexpr std::array keys_set_options{
    config_option,
    data_option,
    plan_option,
    scope_option,
    Option{"--no-scopes", 0, "", "it carries no scope from now on"},
    expires_option,
    address_option,
    Option{"--no-addresses", 0, "", "it may come from everywhere from now on"},
};
constexpr std::array bans_lift_operands{Operand{"WHO", true}};
constexpr std::array tokens_revoke_options{
    config_option,
    data_option,
    Option{"--token", 't', "FILE", "the token in this file (- for standard input)", Offer::file},
    Option{"--issuer", 'i', "ISSUER", "whose tokens: the claim iss, or the name that the configuration gives the issuer"},
    Option{"--jti", 'j', "ID", "the one token with this jti"},
    Option{"--subject", 's', "TEXT", "all tokens of this subject that were issued before a time"},
    Option{"--all", 0, "", "all tokens of the issuer that were issued before a time"},
    Option{"--before", 'b', "WHEN", "that time: 2027-01-31 or 2027-01-31T12:00:00Z (default: now)"},
    Option{"--until", 'u', "WHEN", "when the revocation lapses, such as 30d; no sooner than the last of the tokens expires (default: 366d)"},
};
constexpr std::array tokens_list_options{
    config_option,
    data_option,
    Option{"--issuer", 'i', "ISSUER", "only those of this issuer"},
    Option{"--after", 0, "ID", "begin after this revocation"},
    Option{"--limit", 'n', "NUMBER", "at most so many, 1 to 1000 (default: 100)"},
};
constexpr std::array usage_options{
    config_option,
    data_option,
    Option{"--from", 0, "DATE", "the first day, such as 2026-11-01 (default: the first day of this month)"},
    Option{"--to", 0, "DATE", "the last day (default: today)"},
    Option{"--key", 'k', "ID", "only this key"},
    Option{"--csv", 0, "", "answer in CSV (RFC 4180)"},
};
constexpr std::array why_operands{Operand{"ID", true}};
constexpr std::array completion_operands{Operand{"SHELL", true, Offer::nothing, "bash zsh fish"}};

constexpr std::array<Word, 27> word_rows{{
    {"protect", "protect an API at once, with no file at all", protect_options, protect_operands,
     "Makes a data directory with a certificate, an admin credential and a first key (each shown once), then refuses everything without a\n"
     "key and passes GET, HEAD, POST, PUT and PATCH on to URL. `gatehouse init URL` writes the same as a configuration to go on from. With --openapi\n"
     "routes, credentials and scopes come from the document, and a request that is not as it says is refused with everything that is wrong with it.\n"
     "The first key then holds the scopes of the one GET that is shown with it, and no others.",
     "gatehouse protect http://127.0.0.1:3000", run_protect},
    {"init", "write a commented configuration to begin with", init_options, init_operands,
     "Writes what `gatehouse protect URL` does without a file, with --openapi in place of its one route the document's. An existing file is left alone unless --force is given.",
     "gatehouse init http://127.0.0.1:3000 && gatehouse serve -c gatehouse.yaml", run_init},
    {"serve",
     "run the gate",
     serve_options,
     {},
     "Prints a line for each listener and `ready`. SIGHUP reads the configuration again and changes nothing if it is wrong; SIGTERM and\n"
     "SIGINT finish the requests that have begun, then stop.",
     "gatehouse serve -c gatehouse.yaml",
     run_serve},
    {"check",
     "say everything that is wrong with a configuration",
     check_options,
     {},
     "Reads the configuration and all that it names (certificates, keys, key sets), makes of it what `serve` would, and lists every mistake with\n"
     "its line. No network is asked: names of upstream servers and key sets at a URL are not looked up. What is no mistake and turns callers away all\n"
     "the same is said on standard error: certificates at their end, hosts that none is for, keys whose plan is missing. The key store is only read,\n"
     "also beside a running server; what could not be looked at is said, too. Where there is\n"
     "no data directory yet, an empty folder is made beside its place and taken away again. A file that is no configuration at all (a\n"
     "directory, a pipe, one that is empty, binary, larger than 1MiB or not to be read by this user) is one line and status 3; none of that name is 4.",
     "gatehouse check -c gatehouse.yaml",
     run_check},
    {"contract check", "say what an OpenAPI document leaves open, and how much of it can be enforced", contract_check_options, contract_operands,
     "Compiles the document as a gate would, with all files that it refers to, and lists every error with file, line and JSON Pointer (status 3). If\n"
     "it compiles: how many operations, parameters, bodies and answers can be held to it, whole, in part or not; what cannot be enforced and why; and\n"
     "what somebody who wants in would like about it: operations that ask for nothing, values without bounds, members that go through undescribed,\n"
     "credentials in URLs. Each rule says what an attacker gains and what cures it. Nothing is asked of any server, and no gate has to run.",
     "gatehouse contract check openapi.yaml --fail-on medium", run_contract_check},
    {"contract diff", "say what a new version of an OpenAPI document breaks, and what it opens", contract_diff_options, contract_diff_operands,
     "Compares two documents for who calls by the old one. `breaks`: a request that it allowed is refused now, or an answer may be what it did not\n"
     "allow. `undecided`: the two cannot be compared there (two patterns, an `if`); it counts as if it broke. `looser`: nobody breaks, and less is held\n"
     "to something: a requirement dropped, a limit raised, undescribed members let through. Each with its place in both. Status 0: nothing breaks.",
     "gatehouse contract diff released/openapi.yaml openapi.yaml", run_contract_diff},
    {"contract learn",
     "propose an OpenAPI document from the traffic that was watched",
     contract_learn_options,
     {},
     "Where the configuration has a `learn` block, the gate watches what passes and keeps shapes and counts of it, no values. This word makes an OpenAPI\n"
     "3.1 document of them: paths with their parameters, bodies, answers. What it says is what was seen; what is a guess is marked. With --against it\n"
     "compares what was called with a document that there is: `shadow` is called and not described, `zombie` is described and was never called.\n"
     "Asks the server that runs; when none runs, what the last one has kept.",
     "gatehouse contract learn --output openapi.yaml && gatehouse contract check openapi.yaml",
     run_contract_learn},
    {"contract shadow",
     "sum up what shadow mode let pass and enforcing would refuse",
     place_options,
     {},
     "By operation and violation, the most frequent first: how often, with which status, where in the message, what the contract wants there. Of the\n"
     "running server, since it started. Empty for long enough, with all that callers do in it, it is time for `validate: enforce`.",
     "gatehouse contract shadow",
     run_contract_shadow},
    {"routes",
     "show everything that is let through, and on what conditions",
     routes_options,
     {},
     "A row for each route: path, methods, hosts, credentials, what is asked of the caller (scopes, features, issuers, claims), and what becomes of\n"
     "requests and answers that do not keep the contract (`-`: there is none). Of a configuration as `serve` would have it, or of the server that\n"
     "runs, as it has it in force; then of `protect`, too. What a contract leaves closed is told on standard error.",
     "gatehouse routes -c gatehouse.yaml\ngatehouse routes --running",
     run_routes},
    {"selftest",
     "send the running gate good and bad requests and show what it does",
     place_options,
     {},
     "For a moment the running server opens a door of its own on the loopback, with the configuration in force, and sends itself real requests. To\n"
     "each route (100 at most): no credential, good ones, revoked, expired and altered ones, ones without the scope, feature or claim, a method that it\n"
     "does not take. They reach no upstream; where one is let through, the table says `passes`. Then, to the first route that takes GET with an API\n"
     "key, hostile requests and their harmless neighbours, of which the harmless ones reach its upstream.\n"
     "It shows that the routes refuse what they should. It does not show the listeners, certificates, limits, address rules, contracts (the\n"
     "requests are made up for the routes and held to no document), key sets of issuers (tokens are signed by keys made for the test) nor the\n"
     "upstreams. Nothing is counted, banned or kept. An answer that never came cannot be\n"
     "judged (status 6).",
     "gatehouse selftest",
     run_selftest},
    {"status",
     "how the running server is doing",
     place_options,
     {},
     "Version, listeners, connections, routes, stages, bytes of audit written and records dropped, when the configuration was read, and whether\n"
     "somebody answers at the servers behind the gate: each is connected to once.",
     "gatehouse status --json",
     run_status},
    {"keys create", "make an API key and show it once", keys_create_options, keys_create_operands,
     "The key is shown this one time; only its digest is kept.", "gatehouse keys create shop --plan free --scope orders:read --expires 90d",
     run_keys_create},
    {"keys import", "take in keys that exist already, one a line", keys_import_options, keys_import_operands,
     "A line is a key of any form, of 16 to 512 visible characters, or sha256: and the 64 hexadecimal digits of its digest. Then may follow\n"
     "name=, subject=, plan=, scopes=, allowed=, environment=, expires=, a tab before each; what a line does not say comes from the options.\n"
     "All lines are taken or none. FILE - is standard input.",
     "gatehouse keys import old-keys.txt --plan free", run_keys_import},
    {"keys list",
     "list keys",
     keys_list_options,
     {},
     "Never shows a key itself: only its id, name, plan, state.",
     "gatehouse keys list --all",
     run_keys_list},
    {"keys show", "all about one key", place_options, keys_id_operands, "Everything but the key itself.", "gatehouse keys show Zk3JvQ0aT9xB",
     run_keys_show},
    {"keys set", "change what a key may do", keys_set_options, keys_id_operands,
     "What is not named stays as it is. Scopes and addresses that are given take the place of all that the key had. All of it comes into\n"
     "force for the next request, or none of it.",
     "gatehouse keys set Zk3JvQ0aT9xB --plan gold --scope orders:read --expires never", run_keys_set},
    {"keys revoke", "end a key at once", place_options, keys_id_operands,
     "The running server refuses it from the next request on. It cannot be undone. In place of the id may stand the whole key, which has it\n"
     "inside: only the id of it is used and shown, but the shell remembers what was typed.",
     "gatehouse keys revoke Zk3JvQ0aT9xB", run_keys_revoke},
    {"keys rotate", "give a key a new secret", keys_rotate_options, keys_id_operands,
     "Makes a new secret for the same id and shows the key once; the old secret is still taken until the overlap ends.",
     "gatehouse keys rotate Zk3JvQ0aT9xB --overlap 24h", run_keys_rotate},
    {"tokens revoke",
     "take back tokens (JWT) before they expire",
     tokens_revoke_options,
     {},
     "The running server refuses them from the next request on, and after every start until the revocation lapses. A token with a jti is revoked by\n"
     "it until it expires; one without, by the digest of what it says. A token that says no time of issue (iat) counts as issued before any time.\n"
     "Without a running server the signature of --token cannot be checked: what it says of its own end is then not relied on.",
     "gatehouse tokens revoke --token stolen.jwt\ngatehouse tokens revoke --issuer login --subject dr-quillary",
     run_tokens_revoke},
    {"tokens list",
     "list the revocations of tokens that have not lapsed",
     tokens_list_options,
     {},
     "The newest first. None of it is a secret, but subjects are names of people.",
     "gatehouse tokens list --issuer login",
     run_tokens_list},
    {"tokens restore", "lift a revocation of tokens", place_options, keys_id_operands,
     "ID as `gatehouse tokens list` shows it. The tokens are taken again from the next request on, as far as nothing else refuses them.",
     "gatehouse tokens restore 5f1c0a9be2d47783", run_tokens_restore},
    {"bans list",
     "list the addresses and keys that are banned for their failures",
     place_options,
     {},
     "The longest ban first, at most 1000 of them. Bans are kept by the running server and end with it.",
     "gatehouse bans list",
     run_bans_list},
    {"bans lift", "end a ban before its time", place_options, bans_lift_operands,
     "WHO as `gatehouse bans list` shows it: an address, the id of a key, or token: and its number. Failures that were counted are\n"
     "forgiven: a caller that goes on failing is banned again after as many as anybody else.",
     "gatehouse bans lift 192.0.2.7", run_bans_lift},
    {"usage",
     "how much each key was used",
     usage_options,
     {},
     "Requests per key, route, feature and day. Counts survive a crash: what was answered was counted.",
     "gatehouse usage --from 2026-11-01 --to 2026-11-30 --csv > november.csv",
     run_usage},
    {"why", "explain a refusal", place_options, why_operands,
     "Every refusal carries a decision id (in the problem and in the Gatehouse-Decision header). Shows which stage refused, by which rule,\n"
     "what it saw, and what would have allowed the request. The last 100,000 decisions are kept.",
     "gatehouse why 01K7ZQ4M8T5V2B9XRH3D", run_why},
    {"completion",
     "print a completion script for a shell",
     {},
     completion_operands,
     "Write it to where your shell looks for such scripts.",
     "gatehouse completion bash > /etc/bash_completion.d/gatehouse",
     run_completion},
    {"version", "print the version", {}, {}, "Name and version, with --json also the compiler that built it.", "gatehouse version", run_version},
}};

}  // namespace

std::span<const Option> common_options() noexcept { return common_rows; }
std::span<const Word> all_words() noexcept { return word_rows; }

}  // namespace gatehouse::main
