# shellcheck shell=bash
# Everything ./dev test and ./dev lint check, and the counting of it. Sourced by ./dev; works in the source tree.
# A check is one test of a unit, one pytest test, one fuzz target, one lint rule or one build; the last line
# printed is always `N passed, N failed` (and `, N skipped` when there were any), also when a build breaks.

passed=0 failed=0 skipped=0
logs=build/log
# Debian's Python, for which its packages are, even where another comes first in PATH.
python=/usr/bin/python3
cores=$(nproc)

checks_final() {
  printf '%d passed, %d failed' "$passed" "$failed"
  [[ $skipped -eq 0 ]] || printf ', %d skipped' "$skipped"
  printf '\n'
}

# One line of the table: what, counts, seconds.
checks_row() { # WHAT PASSED FAILED SKIPPED SECONDS
  passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
  printf '%-34s %5d passed  %3d failed  %3d skipped %5d s\n' "$1" "$2" "$3" "$4" "$5"
}

# A command that passes or fails as a whole. Its output goes to build/log/NAME and is shown when it fails.
check() { # NAME WHAT COMMAND...
  local name=$1 what=$2 began=$SECONDS
  shift 2
  mkdir -p "$logs"
  if "$@" >"$logs/$name" 2>&1 </dev/null; then
    checks_row "$what" 1 0 0 $((SECONDS - began))
  else
    checks_row "$what" 0 1 0 $((SECONDS - began))
    tail -n 40 "$logs/$name" | sed 's/^/    /'
    return 1
  fi
}

# ---- builds -------------------------------------------------------------------------------------------------------

# Sets up build/NAME once and compiles the targets (none: all). CC and options are those of its kind.
build_dir() { # NAME [TARGET...]
  local name=$1 cc=gcc setup=() targets=() quiet=()
  shift
  targets=("$@")
  case $name in
    release) setup=(-Doptimization=2 -Ddebug=false -Db_pie=true) ;;
    clang) cc=clang ;;
    asan) cc=clang setup=(-Doptimization=1 '-Db_sanitize=address,undefined' -Db_lundef=false) ;;
    tsan) setup=(-Doptimization=1 -Db_sanitize=thread -Db_lundef=false) ;;
    fuzz) cc=clang setup=(-Doptimization=1 '-Db_sanitize=address,undefined' -Db_lundef=false -Dfuzz=true) ;;
    *) echo "no build $name" >&2; return 64 ;;
  esac
  if [[ ! -e build/$name/build.ninja ]]; then
    rm -rf "build/$name"
    mkdir -p "$logs"
    CC=$cc meson setup "build/$name" "${setup[@]}" >"$logs/setup-$name" 2>&1 || { cat "$logs/setup-$name"; return 1; }
  fi
  [[ -t 1 ]] || quiet=(--quiet)
  ninja -C "build/$name" -k 0 "${quiet[@]}" "${targets[@]}"
}

# The optimised program where a person looks for it, and the data it needs beside it.
build_program() {
  build_dir release &&
    ln -sfn release/src/cli/assay build/assay &&
    ln -sfn ../data build/data &&
    test -x build/assay
}

# The manual page, from its frame and the program's own help.
build_manual() {
  "$python" -B tools/manual.py build/assay docs/man/assay.1.scd >build/assay.1.scd &&
    scdoc <build/assay.1.scd >build/assay.1
}

# ---- lint ---------------------------------------------------------------------------------------------------------

c_files() { find src include tests fuzz -name '*.[ch]' | sort; }

lint_format() {
  local good=0
  c_files | xargs -r -P "$cores" -n 40 clang-format --dry-run --Werror --ferror-limit=1 >"$logs/clang-format" 2>&1 || good=1
  sed -n 's/^\([^ :]*\):.*error: .*/\1: .\/dev fmt would change it/p; /^xargs/p' "$logs/clang-format" | sort -u
  return "$good"
}
lint_tidy() {
  # The clang build's commands; warnings are the compiler's business, so only tidy's own are asked for.
  find src -name '*.c' | sort |
    xargs -r -P "$cores" -n 4 clang-tidy -p build/clang --quiet --extra-arg=-Wno-everything 2>&1 |
    sed '/warnings\{0,1\} .*generated\.$/d'
}
lint_shell() { shellcheck -x -e SC1091 dev .ci/run tools/*.sh tools/words share/bash-completion/assay; }
lint_python() { find tests tools bench -name '*.py' -print0 | xargs -0 -r "$python" -c '
import ast, sys
for name in sys.argv[1:]:
    ast.parse(open(name, encoding="utf-8").read(), name)'; }

lint_all() {
  local rule
  for rule in doors banned foreign quiet; do
    check "lint-$rule" "lint: $rule" tools/layers.sh "$rule" || true
  done
  check lint-words 'lint: words' tools/words || true
  check lint-shell 'lint: shell' lint_shell || true
  check lint-python 'lint: python' lint_python || true
  check lint-format 'lint: format' lint_format || true
  [[ -e build/clang/compile_commands.json ]] || CC=clang meson setup build/clang >/dev/null
  check lint-tidy 'lint: clang-tidy' lint_tidy || true
}

# ---- unit tests ---------------------------------------------------------------------------------------------------

# Runs unit tests of one build, a core each, and counts every cmocka case in their XML. A program that ends badly
# without a failed case of its own (a sanitizer's word, a crash, no case at all) is one failure.
unit_all() { # BUILD WHAT TEST...
  local build=$1 what=$2 began=$SECONDS dir
  shift 2
  dir=$PWD/$logs/unit-$build
  rm -rf "$dir"
  mkdir -p "$dir"
  [[ $# -gt 0 ]] || { checks_row "$what" 0 0 0 0; return 0; }
  export ASSAY_SOURCE=$PWD ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1
  export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1
  # setarch -R: ThreadSanitizer of gcc 12 does not know the wider address randomisation of newer kernels.
  # shellcheck disable=SC2016
  printf '%s\n' "$@" | xargs -P "$cores" -I{} bash -c '
    mkdir "$2/$1" && cd "$ASSAY_SOURCE" && code=0
    CMOCKA_MESSAGE_OUTPUT=XML CMOCKA_XML_FILE="$2/$1/%g.xml" timeout 900 setarch -R "build/$3/tests/unit/$1" \
      >"$2/$1/output" 2>&1 </dev/null || code=$?
    echo "$code" >"$2/$1/code"' unit {} "$dir" "$build"
  local counts
  counts=$("$python" tools/count.py cmocka "$dir" "$logs/unit-$build.failed")
  # shellcheck disable=SC2086
  checks_row "$what" $counts $((SECONDS - began))
  sed 's/^/    /' "$logs/unit-$build.failed"
}

unit_names() { find tests/unit -name 'test_*.c' -printf '%f\n' | sed 's/\.c$//' | sort; }

# Those in which several threads work: they say how many, or start one.
unit_threaded() {
  grep -lE '\b(jobs|workers)\b|pool_run|aside_start|pthread|assay_(match|sweep|trace)\(' tests/unit/test_*.c | sed 's|.*/||; s/\.c$//' | sort
}

# ---- fuzzing ------------------------------------------------------------------------------------------------------

fuzz_names() { find fuzz -maxdepth 1 -name 'fuzz_*.c' -printf '%f\n' | sed 's/\.c$//; s/^fuzz_//' | sort; }

# Each target from its seed corpus for some seconds, a core each; what it learns stays in build/corpus.
fuzz_all() { # SECONDS NAME...
  local seconds=$1 began=$SECONDS dir name good=0 bad=0
  shift
  dir=$PWD/$logs/fuzz
  rm -rf "$dir"
  mkdir -p "$dir"
  export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 LSAN_OPTIONS=suppressions=$PWD/fuzz/leaks.txt:print_suppressions=0
  # shellcheck disable=SC2016
  printf '%s\n' "$@" | xargs -r -P "$cores" -I{} bash -c '
    mkdir -p "build/corpus/$1" && code=0
    seeds="fuzz/corpus/$1"; [ -d "$seeds" ] || seeds=
    timeout $(($3 + 120)) "build/fuzz/fuzz/fuzz_$1" -max_total_time="$3" -timeout=20 -rss_limit_mb=2048 -verbosity=1 \
      -artifact_prefix="$2/$1-" "build/corpus/$1" $seeds >"$2/$1" 2>&1 </dev/null || code=$?
    echo "$code" >"$2/$1.code"' fuzz {} "$dir" "$seconds"
  for name; do
    if [[ $(cat "$dir/$name.code") == 0 ]]; then
      good=$((good + 1))
    else
      bad=$((bad + 1))
      printf '    fuzz_%s:\n' "$name"
      grep -E -A12 'ERROR|SUMMARY|runtime error|no such|No such' "$dir/$name" | head -25 | sed 's/^/      /' || true
      printf '      the input is in %s\n' "${dir#"$PWD"/}"
    fi
  done
  checks_row "fuzz, $seconds s each" "$good" "$bad" 0 $((SECONDS - began))
}

# ---- whole program ------------------------------------------------------------------------------------------------

pytest_all() { # WHAT PATH...
  local what=$1 began=$SECONDS name code=0 counts
  shift
  name=pytest-$(tr -c 'a-z0-9\n' - <<<"$what")
  mkdir -p "$logs"
  rm -f "$logs/$name.xml"
  ASSAY_BIN=${ASSAY_BIN:-$PWD/build/assay} timeout 2400 "$python" -B -m pytest -q -p no:cacheprovider -o junit_family=xunit1 \
    --durations=5 --junitxml="$logs/$name.xml" "$@" >"$logs/$name" 2>&1 </dev/null || code=$?
  counts=$("$python" tools/count.py pytest "$logs/$name.xml" "$code")
  # shellcheck disable=SC2086
  checks_row "$what" $counts $((SECONDS - began))
  case $code in 0 | 5) ;; *) tail -n 60 "$logs/$name" | sed 's/^/    /' ;; esac
}
