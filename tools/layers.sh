#!/usr/bin/env bash
# The walls of the house: who may include whom, where each foreign library lives, and what no engine does.
#   tools/layers.sh RULE [ROOT]     RULE: doors, banned, foreign, quiet; ROOT: a source tree (default: this one)
# Prints `file:line: what` for every breach; exit 1 if there is one.
set -euo pipefail
rule=${1:?usage: tools/layers.sh doors|banned|foreign|quiet [ROOT]}
root=${2:-$(dirname "$(readlink -f "$0")")/..}
cd "$root"

# What a room may open besides itself, the standard library and assay/words.h. Data flows one way:
# cli -> run -> engine -> finding -> case -> judge -> report. No engine knows another, none knows the case.
declare -A opens=(
  [base]=''
  [finding]='base'
  [formats]='base'
  [sources]='base formats'
  [sweep]='base finding formats'
  [trace]='base finding formats'
  [normal]='base formats'
  [read]='base finding formats'
  [match]='base finding formats sources normal'
  [reach]='base finding formats sources'
  [private]='base finding formats sources normal ledger'
  [ledger]='base'
  [case]='base finding ledger'
  [judge]='base finding case'
  [report]='base finding case'
  [export]='base finding case'
  [run]='base finding sweep trace read match reach private ledger case judge report'
  [serve]='base finding run ledger case judge report export'
  [cli]='base finding sweep trace read match reach private ledger case judge report export run serve'
)

# Rooms without a door in include/assay: their own headers are open to whoever may enter.
open_rooms=' base formats sources normal ledger finding '

# A foreign header and the only places that speak to it. jansson is everybody's.
foreign_homes='
yara.h               src/sweep/
sqlite3.h            src/sources/ src/case/
libpq-fe.h           src/sources/
mysql.h              src/sources/
hiredis/             src/sources/
mongoc/              src/sources/
bson/                src/sources/
archive.h            src/formats/
archive_entry.h      src/formats/
expat.h              src/formats/
libxml/              src/formats/prose_html.c
isa-l/               src/formats/
bzlib.h              src/formats/
lzma.h               src/formats/
zstd.h               src/formats/
zstd_errors.h        src/formats/
zlib.h               src/formats/ src/sweep/php_fold.c
libfyaml.h           src/base/yaml.c
sodium.h             src/ledger/ src/case/ src/private/
openssl/             src/base/hash.c src/ledger/ src/private/
curl/                src/ledger/ src/sources/
seccomp.h            src/base/confine.c
linux/landlock.h     src/base/confine.c
xxhash.h             src/base/
utf8proc.h           src/normal/
pthread.h            src/base/pool.c src/base/lock.h
threads.h            src/base/pool.c
'

breaches=0
breach() { printf '%s\n' "$1"; breaches=$((breaches + 1)); }

# file:line:header of every #include under the given folders; quoted and angled ones apart
includes() { # QUOTE-CLASS FOLDER...
  local quote=$1; shift
  grep -rnE --include='*.[ch]' "^[[:space:]]*#[[:space:]]*include[[:space:]]*$quote" "$@" 2>/dev/null |
    sed -E 's/^([^:]+):([0-9]+):.*["<]([^">]+)[">].*/\1 \2 \3/' || true
}

rule_doors() {
  local file line header room target
  while read -r file line header; do
    case $header in
      assay/words.h) continue ;;
      assay/*.h) target=${header#assay/}; target=${target%.h} ;;
      */*) target=${header%%/*} ;;
      *) breach "$file:$line: \"$header\": write the room, as in \"base/$header\""; continue ;;
    esac
    case $file in
      include/*)
        [[ $header == assay/* ]] || breach "$file:$line: a door shows no room's inside: \"$header\""
        continue ;;
    esac
    room=${file#src/}; room=${room%%/*}
    [[ -v opens[$room] ]] || { breach "$file:$line: room $room is not in the table of tools/layers.sh"; continue; }
    [[ $target != "$room" ]] || continue
    if [[ " ${opens[$room]} " != *" $target "* ]]; then
      breach "$file:$line: $room may not open $target (\"$header\")"
    elif [[ $header != assay/* && $open_rooms != *" $target "* ]]; then
      breach "$file:$line: $target has a door: include \"assay/$target.h\", not \"$header\""
    fi
  done < <(includes '"' src include)
}

# shellcheck disable=SC2016 # awk's $0
rule_banned() { # lists that are included where a table is made (commands.h, log_list.h, x.def) come later and hold no code
  local breach
  while read -r breach; do
    breach "$breach: the last include is not \"base/banned.h\""
  done < <(find src -name '*.c' -print0 | sort -z | xargs -0 -r awk '
    function tell() { if (file != "" && last !~ /"base\/banned\.h"/) print file ":" line }
    FNR == 1 { tell(); file = FILENAME; last = ""; line = 1 }
    /^[[:space:]]*#[[:space:]]*include/ && !/\/((commands|[a-z_]*list)\.h|[a-z_]+\.def)"/ { last = $0; line = FNR }
    END { tell() }')
}

rule_foreign() {
  local file line header name homes home ok
  while read -r file line header; do
    while read -r name homes; do
      [[ -n $name ]] || continue
      [[ $header == "$name" || ($name == */ && $header == "$name"*) ]] || continue
      ok=no
      for home in $homes; do
        [[ $file != "$home"* ]] || ok=yes
      done
      [[ $ok == yes ]] || breach "$file:$line: <$header> lives in $homes only"
    done <<<"$foreign_homes"
  done < <(includes '<' src include)
}

# Engines and everything below the command line speak through a sink and return errors: they neither print nor exit.
rule_quiet() {
  local hit
  while read -r hit; do
    [[ -z $hit ]] || breach "${hit%%:*}:$(cut -d: -f2 <<<"$hit"): only src/cli prints or exits:$(cut -d: -f3- <<<"$hit" | sed 's/  */ /g')"
  done < <(find src -name '*.c' -not -path 'src/cli/*' -print0 | sort -z |
    xargs -0 -r grep -nHE '(^|[^_[:alnum:]>.])(printf|puts|putchar|perror|exit)[[:space:]]*\(|fprintf[[:space:]]*\([[:space:]]*std(out|err)' |
    grep -vE ':[0-9]+:[[:space:]]*(/?\*|//)' || true)
}

case $rule in
  doors | banned | foreign | quiet) "rule_$rule" ;;
  *) echo "tools/layers.sh: no rule $rule" >&2; exit 64 ;;
esac
[[ $breaches -eq 0 ]]
