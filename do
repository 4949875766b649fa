#!/usr/bin/env bash
# The one script of the house. `./do help` lists the words; each word below is one function.
# Everything it makes lies in build*/ and gatehouse-data/; only apt, and npm for the comparisons with ajv, ever leave 127.0.0.1.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

suites=${GATEHOUSE_SUITES:-../shared/suites}  # third-party conformance suites, where there are any
jobs=$(nproc)

# What building needs; then what only testing needs (the guide's examples run, in the languages that they are written in), and what the words
# `check` and `fuzz`, and `bench`, need.
build_packages=(g++ cmake ninja-build mold ccache pkg-config git ca-certificates doctest-dev libssl-dev libnghttp2-dev libsimdjson-dev
                libyaml-cpp-dev libexpat1-dev libre2-dev libpcre2-dev libsqlite3-dev libcurl4-openssl-dev libfmt-dev zlib1g-dev curl openssl python3 python3-yaml nghttp2-client)
test_packages=(nodejs python3-jwt python3-cryptography)
clang_packages=(clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev)
bench_packages=(haproxy nginx wrk nghttp2-client gcc libssl-dev)

say() { printf '%s\n' "$*" >&2; }
die() { say "do: $*"; exit 1; }

# --- setup -----------------------------------------------------------------------------------------------------------

missing_of() {  # prints those of the packages named that are not installed
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || printf '%s\n' "$package"
  done
}

install() {  # install WHAT PACKAGE...   what is missing of them; an up-to-date machine is left alone and no network is used
  local what=$1 missing
  shift
  mapfile -t missing < <(missing_of "$@")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  local by_hand="apt-get update && apt-get install --no-install-recommends ${missing[*]}"
  command -v apt-get >/dev/null || die "this is no Debian: there is no apt-get. Made for Debian 12; elsewhere install what these packages hold: ${missing[*]}"
  [[ $EUID -eq 0 ]] || die "packages are missing (${missing[*]}), and only root can install them. Once, as root (\`sudo\` or \`su\`): ./do setup $what; or by hand: $by_hand"
  local release
  release=$(. /etc/os-release 2>/dev/null && printf '%s' "${ID:-} ${VERSION_ID:-}") || release=
  [[ $release == "debian 12" ]] || say "do: made for Debian 12, and this is ${release:-something else}: versions of packages may not fit"
  say "installing: ${missing[*]}"
  apt-get update -q >&2 || die "the lists of packages could not be fetched (see above): is there a network, and does it need a proxy (http_proxy)? Then again, or as root: $by_hand"
  local guard=/usr/sbin/policy-rc.d ours=no
  if [[ ! -e $guard ]]; then  # packages such as nginx start a service at once: not on this machine
    ours=yes
    printf '#!/bin/sh\nexit 101\n' >"$guard"
    chmod 755 "$guard"
    trap "rm -f $guard" EXIT
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" >&2 ||
    die "packages could not be installed (see above). A package that cannot be found is one that the sources in /etc/apt do not offer, or whose list could not be fetched; then again, or as root: $by_hand"
  if [[ $ours == yes ]]; then
    rm -f "$guard"
    trap - EXIT
  fi
  local service
  for service in haproxy nginx; do
    if [[ " ${missing[*]} " == *" $service "* && -d /run/systemd/system ]]; then systemctl disable --now "$service" >&2 || true; fi
  done
}

needs() {  # needs PART   installs what is missing of all that the part needs; building is in each
  local packages=("${build_packages[@]}")
  case $1 in
    build) ;;
    test) packages+=("${test_packages[@]}") ;;
    check) packages+=("${clang_packages[@]}") ;;
    bench) packages+=("${bench_packages[@]}") ;;
    ajv) command -v npm >/dev/null || packages+=(npm) ; command -v node >/dev/null || packages+=(nodejs) ;;
    *) die "setup knows build, test, check, bench; not '$1'" ;;
  esac
  install "$1" "${packages[@]}"
}

do_setup() {  ## setup [PART...]            as root: install the packages that are missing for build, test, check, bench (without a name: build and test)
  local part
  [[ $# -gt 0 ]] || set -- test
  for part in "$@"; do needs "$part"; done
}

# --- build -----------------------------------------------------------------------------------------------------------

configure() {  # configure DIRECTORY OPTIONS...   once; afterwards ninja sees to it itself
  local directory=$1
  shift
  if [[ ! -f $directory/build.ninja ]]; then
    mkdir -p "$directory"
    cmake -S . -B "$directory" -G Ninja "$@" >"$directory/configure.log" 2>&1 || { cat "$directory/configure.log" >&2; die "configuring $directory failed"; }
  fi
}

announce() {  # announce DIRECTORY [TARGET...]   one line before what takes long; $afterwards: what comes behind the build
  local directory=$1 steps minutes seconds_a_step=4  # of one processor, with links and small files; a compiler cache that is warm takes a tenth
  shift
  steps=$(ninja -C "$directory" -n "$@" 2>/dev/null | sed -n 's/^\[[0-9]*\/\([0-9]*\)\] .*/\1/p' | tail -n 1) || steps=
  [[ ${steps:-0} -ge 10 ]] || return 0
  minutes=$(((steps * seconds_a_step / jobs + 59) / 60))
  say "building ${*:-everything}: $steps steps, about $minutes min on $jobs processors, less where ccache knows the code${afterwards:-}; its log: $directory/build.log"
}

make_targets() {  # make_targets DIRECTORY [TARGET...]   a line before it; then quiet unless something fails
  local directory=$1
  announce "$@"
  shift
  ninja -C "$directory" "$@" >"$directory/build.log" 2>&1 || { cat "$directory/build.log" >&2; die "building $directory failed"; }
}

do_build() {  ## build [TARGET...]          release build in build/ (without a target: all); the program is build/src/gatehouse
  needs build
  configure build -DCMAKE_BUILD_TYPE=Release -DCMAKE_UNITY_BUILD=ON
  make_targets build "$@"
}

do_clean() {  ## clean                      remove what was built (not gatehouse-data/)
  rm -rf build build-*
}

# --- test ------------------------------------------------------------------------------------------------------------

do_test() {  ## test                       build, then every test; last line "N passed, N failed, N skipped"
  [[ " $* " != *" --help "* && " $* " != *" -h "* ]] || exec python3 tools/test.py --help
  needs test
  local afterwards="; then all tests, about 5 min"
  do_build
  python3 tools/test.py --build build --suites "$suites" "$@"
}

suite_names() {  # those of the program `conform` and the drivers in Python; known before anything is built
  grep -h -A 1 '^CONFORM_SUITE(' tests/conformance/*.cpp | sed -n 's/^\(CONFORM_SUITE(\| *\)"\([a-z0-9-]*\)",.*/\2/p'
  local driver
  for driver in tests/conformance/*.py; do basename "$driver" .py; done
}

do_conform() {  ## conform [NAME...]          run third-party suites against the product (without a name: all but ajv-differential, which needs the npm registry)
  local name names
  mapfile -t names < <(suite_names | sort)
  for name in "$@"; do
    [[ " ${names[*]} " == *" $name "* ]] || die "no suite '$name'; there are: ${names[*]}"
    [[ $name != ajv-* ]] || needs ajv
  done
  do_build
  python3 tools/test.py --build build --suites "$suites" --conform "$@"
}

do_fuzz() {  ## fuzz NAME|all [SECONDS]    libFuzzer on a target of tests/fuzz (default 600 seconds each)
  local name=${1:-} seconds=${2:-600} target names
  mapfile -t names < <(sed -n 's/^gatehouse_fuzz(\([a-z0-9_]*\).*/\1/p' tests/fuzz/CMakeLists.txt)
  [[ -n $name ]] || die "which target? one of: all ${names[*]}"
  [[ $seconds =~ ^[0-9]+$ ]] || die "seconds is a number, not '$seconds'"
  if [[ $name != all ]]; then
    [[ " ${names[*]} " == *" $name "* ]] || die "no fuzz target '$name'; there are: ${names[*]}"
    names=("$name")
  fi
  needs check
  configure build-fuzz -DGATEHOUSE_FUZZ=ON -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 -DCMAKE_BUILD_TYPE=RelWithDebInfo
  for target in "${names[@]}"; do
    make_targets build-fuzz "${target}_fuzz"
    mkdir -p "build-fuzz/corpus/$target" "build-fuzz/findings/$target"
    say "fuzzing $target for $seconds s; new inputs in build-fuzz/corpus/$target, findings in build-fuzz/findings/$target"
    "build-fuzz/tests/fuzz/${target}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
      -artifact_prefix="build-fuzz/findings/$target/" "build-fuzz/corpus/$target" "tests/fuzz/corpus/$target"
  done
}

# --- check -----------------------------------------------------------------------------------------------------------

sources() { git ls-files -co --exclude-standard -- 'src/*.cpp' 'src/*.hpp' 'tests/*.cpp' 'tests/*.hpp'; }

do_format() {  ## format                     write all C++ sources in the house's style
  needs check
  sources | xargs -r clang-format-19 -i
}

check_format() { sources | xargs -r clang-format-19 --dry-run -Werror; }

# A database without unity builds, made for clang: else a finding would be reported in a generated file. Tests are left out: their macros
# bring findings of their own, and the sanitizers run them. A finding in a header is shown once, not for each file that includes it.
check_tidy() {
  configure build-tidy -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 -DCMAKE_BUILD_TYPE=Debug -DCMAKE_UNITY_BUILD=OFF
  cmake build-tidy >build-tidy/configure.log 2>&1
  say "this takes a quarter of an hour on two cores; the whole log is build-tidy/tidy.log"
  run-clang-tidy-19 -quiet -p build-tidy -j "$jobs" "$PWD"'/src/(?!.*_test\.cpp$)' >build-tidy/tidy.log 2>&1 && return 0
  grep -E -A 4 '(warning|error): .*\[' build-tidy/tidy.log | awk '/(warning|error): /{shown = !seen[$0]++} shown' || true
  grep -qE '(warning|error): ' build-tidy/tidy.log || cat build-tidy/tidy.log
  return 1
}

check_sanitized() {  # check_sanitized DIRECTORY SANITIZERS
  configure "$1" -DGATEHOUSE_SANITIZE="$2" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_UNITY_BUILD=ON
  make_targets "$1"
  python3 tools/test.py --build "$1" --units
}

do_check() {  ## check [PART...]            format tidy asan tsan: the slow proofs (without a name: all)
  local part failed=()
  [[ $# -gt 0 ]] || set -- format tidy asan tsan
  for part in "$@"; do
    [[ " format tidy asan tsan " == *" $part "* ]] || die "check knows format, tidy, asan, tsan; not '$part'"
  done
  needs check
  for part in "$@"; do
    say "== $part"
    case $part in
      format) check_format || failed+=(format) ;;
      tidy) check_tidy || failed+=(tidy) ;;
      asan) check_sanitized build-asan address,undefined || failed+=(asan) ;;
      tsan) check_sanitized build-tsan thread || failed+=(tsan) ;;
    esac
  done
  [[ ${#failed[@]} -eq 0 ]] || die "check failed: ${failed[*]}"
  say "check: all well"
}

# --- run and bench ---------------------------------------------------------------------------------------------------

do_run() {  ## run [OPTION...]            build, start the sample clinic and Gatehouse in front of it; Ctrl-C stops both (./do run --help: its ports)
  [[ " $* " != *" --help "* && " $* " != *" -h "* ]] || exec python3 tools/run_clinic.py --help
  local afterwards="; then the clinic and the gate start"
  do_build gatehouse
  exec python3 tools/run_clinic.py --gatehouse build/src/gatehouse "$@"
}

do_bench() {  ## bench [--sut A] [--scn X]  side by side with haproxy and nginx, as ratios of CPU per request (A, X: names with commas); `bench contract`: beside npm's ajv
  if [[ ${1:-} == contract ]]; then
    shift
    needs ajv
    do_build contract_bench
    GATEHOUSE_SUITES=$suites exec python3 tests/bench/contract.py "$@"
  fi
  needs bench
  do_build gatehouse
  GATEHOUSE_ROOT=$PWD python3 tests/bench/run.py "$@"
}

do_help() {  ## help                       this list
  printf 'usage: ./do WORD\n\n'
  sed -n 's/^do_[a-z]*() {  ## /  /p' do
}

word=${1:-help}
[[ $# -eq 0 ]] || shift
# `run` and `bench` hand their words on to programs that have a help of their own.
[[ ${1:-} != --help && ${1:-} != -h || $word == bench || $word == run ]] || word=help
case $word in
  setup | build | test | run | bench | conform | check | format | fuzz | clean | help) "do_$word" "$@" ;;
  -h | --help) do_help ;;
  *) do_help >&2; die "no word '$word'" ;;
esac
