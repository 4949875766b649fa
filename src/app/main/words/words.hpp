// What each word of the command line runs. One file a word beside this one; the rows that describe them are in table.cpp.
#pragma once
#include "app/main/command/arguments.hpp"
#include "app/main/command/terminal.hpp"

namespace gatehouse::main {

ExitCode run_protect(const Arguments& arguments, Terminal& terminal);
ExitCode run_serve(const Arguments& arguments, Terminal& terminal);
ExitCode run_init(const Arguments& arguments, Terminal& terminal);
ExitCode run_check(const Arguments& arguments, Terminal& terminal);
ExitCode run_contract_check(const Arguments& arguments, Terminal& terminal);
ExitCode run_contract_diff(const Arguments& arguments, Terminal& terminal);
ExitCode run_contract_learn(const Arguments& arguments, Terminal& terminal);
ExitCode run_contract_shadow(const Arguments& arguments, Terminal& terminal);
ExitCode run_routes(const Arguments& arguments, Terminal& terminal);
ExitCode run_selftest(const Arguments& arguments, Terminal& terminal);
ExitCode run_status(const Arguments& arguments, Terminal& terminal);
ExitCode run_keys_create(const Arguments& arguments, Terminal& terminal);
ExitCode run_keys_import(const Arguments& arguments, Terminal& terminal);
ExitCode run_keys_list(const Arguments& arguments, Terminal& terminal);
ExitCode run_keys_show(const Arguments& arguments, Terminal& terminal);
ExitCode run_keys_set(const Arguments& arguments, Terminal& terminal);
ExitCode run_keys_revoke(const Arguments& arguments, Terminal& terminal);
ExitCode run_keys_rotate(const Arguments& arguments, Terminal& terminal);
ExitCode run_bans_list(const Arguments& arguments, Terminal& terminal);
ExitCode run_bans_lift(const Arguments& arguments, Terminal& terminal);
ExitCode run_tokens_revoke(const Arguments& arguments, Terminal& terminal);
ExitCode run_tokens_list(const Arguments& arguments, Terminal& terminal);
ExitCode run_tokens_restore(const Arguments& arguments, Terminal& terminal);
ExitCode run_usage(const Arguments& arguments, Terminal& terminal);
ExitCode run_why(const Arguments& arguments, Terminal& terminal);
ExitCode run_completion(const Arguments& arguments, Terminal& terminal);
ExitCode run_version(const Arguments& arguments, Terminal& terminal);

}  // namespace gatehouse::main
